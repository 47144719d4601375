/** The URL of a request. Its host comes from a header that any client can set. */
import type { RequestHead } from "./request-head.ts";

/**
 * Whether a proxy reports that it ended TLS. A client that forges the header only gets a better protected cookie, and
 * pages of other sites cannot add the header to a browser's request without permission from CORS.
 */
export function isBehindTls({ headers }: RequestHead): boolean {
  return /^https\b/i.test(headers.get("x-forwarded-proto") ?? "");
}

/** The URL. A malformed one (port 99999) is replaced by one that matches no route. */
export function urlOf({ url }: { readonly url: string }): URL {
  try {
    return new URL(url);
  } catch {
    return new URL("http://malformed.invalid/");
  }
}
