/** The option `trustedProxy`. */
import type { TrustedProxy } from "../contract/http.ts";
import { AnonError } from "../errors.ts";

/** The header that tells, and how many proxies of ours add to it. */
export interface ProxySettings {
  header: string;
  hops: number;
}

/**
 * Checks and completes the option.
 *
 * @throws {AnonError} `invalid_options`
 */
export function proxySettings(options: TrustedProxy | undefined): ProxySettings | null {
  if (options === undefined || options === null) return null;
  const { header, hops = 1 } = options;
  if (typeof header !== "string" || !/^[\w-]{1,64}$/.test(header) || header.toLowerCase() === "forwarded") {
    throw new AnonError(
      "invalid_options",
      "Cannot use this `trustedProxy.header`: use one with addresses alone, such as x-forwarded-for or cf-connecting-ip",
    );
  }
  if (!Number.isSafeInteger(hops) || hops < 1 || hops > 10) {
    throw new AnonError("invalid_options", "Cannot use this `trustedProxy.hops`: use a whole number from 1 to 10");
  }
  return { header, hops };
}
