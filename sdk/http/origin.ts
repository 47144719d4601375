/** Whether a request comes from a page that may send it. `oslo/request` compares hosts; schemes are compared here. */
import { verifyRequestOrigin } from "oslo/request";
import { isBehindTls, urlOf } from "./url.ts";

/** The origin a browser sees, also behind a proxy that ends TLS. */
function originOf(request: Request): string {
  const url = urlOf(request);
  if (isBehindTls(request)) url.protocol = "https:";
  return url.origin;
}

/** Whether the request's `Origin` is one of these: scheme, host and port. */
export function comesFrom(request: Request, origins: readonly string[]): boolean {
  const origin = request.headers.get("origin");
  return (
    origin !== null && origins.some((one) => verifyRequestOrigin(origin, [one]) && schemeOf(origin) === schemeOf(one))
  );
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

function schemeOf(origin: string): string {
  return origin.slice(0, origin.indexOf(":")).toLowerCase();
}
