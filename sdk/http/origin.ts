/** Whether a page of an allowed origin sent the request. */
import type { HeaderReader } from "../contract/visitor.ts";
import type { RequestHead } from "./request-head.ts";
import { isBehindTls, urlOf } from "./request-url.ts";
import { WireError } from "./wire-error.ts";

/** The origin that the browser sees, also when a proxy ended TLS. */
function originOf(head: RequestHead): string {
  const url = urlOf(head);
  if (isBehindTls(head)) url.protocol = "https:";
  return url.origin;
}

/** Whether the request's `Origin` is one of these: scheme, host and port. */
export function comesFrom(headers: HeaderReader, origins: readonly string[]): boolean {
  const origin = webOrigin(headers.get("origin") ?? "");
  return origin !== null && origins.some((one) => webOrigin(one) === origin);
}

/**
 * Whether a page of the request's own origin, or of a `trusted` one, sent it. The browser says so itself
 * (`Sec-Fetch-Site`) or names the page's origin (`Origin`). Without either the result is `false`.
 */
export function isSameOrigin(head: RequestHead, trusted: readonly string[]): boolean {
  const site = head.headers.get("sec-fetch-site") ?? null;
  if (site === "same-origin" || site === "none") return true;
  return comesFrom(head.headers, site === null ? [originOf(head), ...trusted] : trusted);
}

/** Refuses a request of which {@link isSameOrigin} is `false`. A client that is no browser learns what to send. */
export function notFromOwnPage({ headers }: RequestHead): WireError {
  const [code, message] =
    (headers.get("origin") ?? headers.get("sec-fetch-site") ?? null) !== null
      ? ["cross_site", "The request was sent by a page of another site."]
      : ["origin_required", ORIGIN_REQUIRED];
  return new WireError(403, message, {}, {}, code);
}

const ORIGIN_REQUIRED =
  "The header Origin is missing, and the request would use the cookie: send the origin of this server (such as https://shop.example), or a token in the header Authorization.";

/** The origin of an http or https URL. `null` for others, because they all have the same origin, "null". */
function webOrigin(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol, origin } = new URL(text);
  return protocol === "http:" || protocol === "https:" ? origin : null;
}
