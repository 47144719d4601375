/** Whether a page of an allowed origin sent the request. */
import { isBehindTls, urlOf } from "./request-url.ts";

/** The origin that the browser sees, also when a proxy ended TLS. */
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
 * Whether a page of the request's own origin, or of a `trusted` one, sent it. The browser says so itself
 * (`Sec-Fetch-Site`) or names the page's origin (`Origin`). Without either the result is `false`.
 */
export function isSameOrigin(request: Request, trusted: readonly string[]): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site === "same-origin" || site === "none") return true;
  return comesFrom(request, site === null ? [originOf(request), ...trusted] : trusted);
}

/** The origin of an http or https URL. `null` for others, because they all have the same origin, "null". */
function webOrigin(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol, origin } = new URL(text);
  return protocol === "http:" || protocol === "https:" ? origin : null;
}
