/** The URL of a request. Its host comes from a header that any client can set. */

/**
 * Whether a proxy reports that it ended TLS. A client that forges the header only gets a better protected cookie, and
 * pages of other sites cannot add the header to a browser's request without permission from CORS.
 */
export function isBehindTls(request: Request): boolean {
  return /^https\b/i.test(request.headers.get("x-forwarded-proto") ?? "");
}

/** The URL. A malformed one (port 99999) is replaced by one that matches no route. */
export function urlOf(request: Request): URL {
  try {
    return new URL(request.url);
  } catch {
    return new URL("http://malformed.invalid/");
  }
}
