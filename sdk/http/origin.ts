/** Whether a request comes from a page that may send it. */
import { isBehindTls, urlOf } from "./request-url.ts";

/** The origin a browser sees, also behind a proxy that ends TLS. */
function originOf(request: Request): string {
  const url = urlOf(request);
  if (isBehindTls(request)) url.protocol = "https:";
  return url.origin;
}

/** Whether the request's `Origin` is one of these: scheme, host and port. */
export function comesFrom(request: Request, origins: readonly string[]): boolean {
  const origin = webOrigin(request.headers.get("origin") ?? "");
  return origin !== null && origins.some((one) => webOrigin(one) === origin);
}

/**
 * Whether a request that changes something and is authenticated by a cookie was sent by a page of this origin or of
 * `trusted` ones. The browser says so itself (`Sec-Fetch-Site`) or names the page's origin; what says neither is refused.
 */
export function isSameOrigin(request: Request, trusted: readonly string[]): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site === "same-origin" || site === "none") return true;
  return comesFrom(request, site === null ? [originOf(request), ...trusted] : trusted);
}

/** The origin of a URL of the web. `null` for any other: all of those have the same origin, "null". */
function webOrigin(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol, origin } = new URL(text);
  return protocol === "http:" || protocol === "https:" ? origin : null;
}
