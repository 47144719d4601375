/** URLs of requests, which come from a header that any client may set. */

/**
 * Whether a proxy says that it ended TLS. A client that makes this up gets a better protected cookie, and no page of
 * another site can make a browser send it without being asked whether it may.
 */
export function isBehindTls(request: Request): boolean {
  return /^https\b/i.test(request.headers.get("x-forwarded-proto") ?? "");
}

/** The request's URL; of one that is none (a port of 99999) an address that nothing is served at. */
export function urlOf(request: Request): URL {
  try {
    return new URL(request.url);
  } catch {
    return new URL("http://malformed.invalid/");
  }
}
