/** The client's address, where a framework tells it by a call that throws if it does not know one. */
import { UNKNOWN_ADDRESS } from "./client-address.ts";

/**
 * Makes a function that reads the address of each request: `undefined` if the host's adapter knows none. Once one request had
 * an address, the adapter knows them. Then a request without one lost its connection, or did not come through the proxy, and
 * all of these count together: otherwise they would not be limited.
 */
export function createAddressReader(): (read: () => string | null | undefined) => string | undefined {
  let isKnown = false;
  return (read) => {
    const address = attempt(read);
    isKnown ||= address !== undefined;
    return address ?? (isKnown ? UNKNOWN_ADDRESS : undefined);
  };
}

function attempt(read: () => string | null | undefined): string | undefined {
  try {
    return read() || undefined;
  } catch {
    return undefined;
  }
}
