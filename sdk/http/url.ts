/** Addresses of requests, which come from a header that anybody may fill. */

/** The request's URL; of one that is none (a port of 99999) an address that nothing is served at. */
export function urlOf(request: Request): URL {
  try {
    return new URL(request.url);
  } catch {
    return new URL("http://malformed.invalid/");
  }
}
