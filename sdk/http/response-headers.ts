/** The headers that a response gets: its cookies, and what keeps caches from mixing up visitors. */
import type { Visitor } from "../contract/requests.ts";
import type { HeaderWriter } from "../contract/visitor.ts";
import { HeaderFields } from "./header-fields.ts";

/**
 * With these headers a cache of a CDN or a proxy may keep a response in spite of `Cache-Control: private`: RFC 9213 and
 * the variants of vendors, Surrogate-Control (Fastly, Akamai), Edge-Control (Akamai), X-Accel-Expires (nginx) and
 * LiteSpeed's.
 */
const SHARED_CACHE_HEADERS: readonly string[] = [
  "cdn-cache-control",
  "cloudflare-cdn-cache-control",
  "vercel-cdn-cache-control",
  "netlify-cdn-cache-control",
  "surrogate-control",
  "edge-control",
  "x-accel-expires",
  "x-litespeed-cache-control",
];

/** Every header that says which caches may keep a response. */
export const CACHING_HEADERS: readonly string[] = ["vary", "cache-control", ...SHARED_CACHE_HEADERS];

// what lets a shared cache store a response: `private="X-Header"` is about that header alone, and a cache that knows
// `must-understand` ignores the `no-store` beside it (RFC 9111)
const SHARED = /^(?:public|must-understand|s-maxage(?:\s*=.*)?|private\s*=.*)$/i;

/** With these statuses a response must not have a body, not even an empty one. */
const WITHOUT_BODY = new Set([101, 204, 205, 304]);

/**
 * The response with these cookies after its own, and `Vary: Cookie`. With a cookie no shared cache keeps it.
 * A response that upgrades the connection stays as it is.
 */
export function withHeaders(response: Response, cookies: readonly string[]): Response {
  // on Bun a request that became a WebSocket has no response
  if (!response || response.status === 101) return response;
  // the application may return one constant response to all visitors. Headers for caches may stay on it
  if (cookies.length === 0 && addHeaders(response.headers, cookies)) return response;
  // a cookie must not, so the response is copied
  return copyWith(response, (headers) => addHeaders(headers, cookies));
}

/**
 * The response with the headers of a visitor, and `more`. It is copied if its own cannot change, such as those of `fetch`, or
 * must not stay on a response that the application may return to all visitors.
 */
export function withVisitor(
  visitor: Visitor,
  response: Response,
  more: Readonly<Record<string, string>> = {},
): Response {
  const own = new HeaderFields(more);
  visitor.applyTo(own);
  const isForOneVisitor = own.getSetCookie().length > 0 || Object.keys(more).length > 0;
  const add = (headers: Headers): void => {
    for (const [name, value] of Object.entries(more)) headers.set(name, value);
    visitor.applyTo(headers);
  };
  if (isForOneVisitor || !isMutable(response.headers)) return copyWith(response, add);
  add(response.headers);
  return response;
}

/** A copy with other headers. A response that upgrades the connection stays as it is. */
export function copyWith(original: Response, change: (headers: Headers) => unknown = () => undefined): Response {
  let response = original;
  const { status, statusText } = response;
  if (status === 101) return response;
  if ("Bun" in globalThis && !response.headers.has("Content-Type")) {
    // Bun adds the type of a text when it sends the response, but not if the response was made of the body of another
    const copy = response.clone();
    // if the application's stream fails here, the copy fails, too
    response.body?.cancel().catch(() => undefined);
    if (isMutable(copy.headers)) {
      change(copy.headers);
      return copy;
    }
    response = copy;
  }
  const headers = new Headers(response.headers);
  change(headers);
  return new Response(WITHOUT_BODY.has(status) ? null : response.body, { status, statusText, headers });
}

/**
 * Adds them to `headers`. Returns whether that was possible: the headers of a response from `fetch` cannot change.
 *
 * @param hasCookie Whether the response has a cookie, which may have been set before
 */
export function addHeaders(
  headers: HeaderWriter,
  cookies: readonly string[],
  hasCookie: boolean = cookies.length > 0,
): boolean {
  // names in lower case, because most writers compare them so
  try {
    headers.set("vary", withCookie(headers.get("vary")));
  } catch {
    return false;
  }
  // the response of a handler that calls the HTTP API has that call's cookie already, which is the right one
  const present = cookies.length > 0 ? headers.getSetCookie() : [];
  for (const cookie of cookies) {
    const name = cookie.slice(0, cookie.indexOf("=") + 1);
    if (!present.some((one) => one.startsWith(name))) headers.append("set-cookie", cookie);
  }
  if (hasCookie || cookies.length > 0) keepPrivate(headers);
  else if (headers.get("cache-control") === null) headers.set("cache-control", "private");
  return true;
}

/** Keeps shared caches from storing a response with a cookie, because it would give one visitor's session to others. */
function keepPrivate(headers: HeaderWriter): void {
  for (const name of SHARED_CACHE_HEADERS) headers.delete(name);
  const present = headers.get("cache-control");
  if (present === "no-store") return;
  // a value in quotes may contain commas
  const directives = present?.match(/(?:[^,"]|"[^"]*"?)+/g) ?? [];
  const own = directives.map((one) => one.trim()).filter((one) => one !== "" && !SHARED.test(one));
  const isPrivate = own.some((one) => /^(?:private|no-store)$/i.test(one));
  headers.set("cache-control", (isPrivate ? own : ["private", ...own]).join(", "));
}

function withCookie(vary: string | null): string {
  const varies = vary?.split(",").map((name) => name.trim().toLowerCase()) ?? [];
  if (vary && (varies.includes("*") || varies.includes("cookie"))) return vary;
  return vary ? `${vary}, Cookie` : "Cookie";
}

/** Whether they can change: those of a response from `fetch` and of a redirect cannot. */
function isMutable(headers: Headers): boolean {
  try {
    headers.delete("x-anon");
    return true;
  } catch {
    return false;
  }
}
