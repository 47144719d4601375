/** The URL of a request. Its host comes from a header that any client can set. */
import type { RequestHead } from "./request-head.ts";

/**
 * Whether a proxy reports that it ended TLS. A client that forges the header only gets a better protected cookie, and
 * pages of other sites cannot add the header to a browser's request without permission from CORS.
 */
export function isBehindTls({ headers }: RequestHead): boolean {
  return /^https\b/i.test(headers.get("x-forwarded-proto") ?? "");
}

// a usual URL of a path without dots and encodings, which parsing would not change
const PLAIN = /^https?:\/\/[\w.-]+(?::\d{1,4})?\/[\w/-]*$/;

/** The path and the query. Most URLs need no parsing for that. */
export function pathOf(head: { readonly url: string }): { pathname: string; search: string } {
  const { url } = head;
  // after the two slashes of the scheme
  return PLAIN.test(url) ? { pathname: url.slice(url.indexOf("/", 8)), search: "" } : urlOf(head);
}

/** The URL. A malformed one (port 99999) is replaced by one that matches no route. */
export function urlOf({ url }: { readonly url: string }): URL {
  try {
    return new URL(url);
  } catch {
    return new URL("http://malformed.invalid/");
  }
}
