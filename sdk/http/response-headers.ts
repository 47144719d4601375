/** Responses with more headers than they came with. */

/**
 * Headers by which caches of a CDN or a proxy may keep a response that `Cache-Control: private` forbids them to: RFC 9213
 * and the variants of vendors, Surrogate-Control (Fastly, Akamai), Edge-Control (Akamai), X-Accel-Expires (nginx) and
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

/** Every header that says who may keep a response. */
export const CACHING_HEADERS: readonly string[] = ["vary", "cache-control", ...SHARED_CACHE_HEADERS];

// what lets a shared cache store a response: `private="X-Header"` is about that header alone, and a cache that knows
// `must-understand` ignores the `no-store` beside it (RFC 9111)
const SHARED = /^(?:public|must-understand|s-maxage(?:\s*=.*)?|private\s*=.*)$/i;

/** Statuses of responses that must not have a body, not even an empty one. */
const WITHOUT_BODY = new Set([101, 204, 205, 304]);

/**
 * The response with these cookies behind its own. It varies with the cookie, and with a cookie no shared cache keeps it.
 * A response that upgrades the connection goes as it is.
 */
export function withHeaders(original: Response, cookies: readonly string[]): Response {
  let response = original;
  // Bun's answer to a request that became a WebSocket
  if (!response) return response;
  const { status, statusText } = response;
  if (status === 101) return response;
  // headers for caches belong to no visitor, so they may stay on a response that is the application's constant
  if (cookies.length === 0 && addHeaders(response.headers, cookies)) return response;
  // with a cookie never the response itself: it may be the application's constant, which must not keep what belongs to one visitor
  if ("Bun" in globalThis && !response.headers.has("Content-Type")) {
    // Bun gives a text its type when it sends it, and a response made of the same body would have none
    const copy = response.clone();
    response.body?.cancel().catch(() => "the copy gets what the application's stream does then");
    if (addHeaders(copy.headers, cookies)) return copy;
    response = copy;
  }
  const headers = new Headers(response.headers);
  addHeaders(headers, cookies);
  return new Response(WITHOUT_BODY.has(status) ? null : response.body, { status, statusText, headers });
}

/** The same, to headers themselves. Returns whether they could be changed: those of a response of fetch cannot. */
export function addHeaders(headers: Headers, cookies: readonly string[]): boolean {
  try {
    headers.set("Vary", varying(headers.get("Vary")));
  } catch {
    return false;
  }
  // the HTTP API inside of a handler may have set the cookie already: it knows better
  const present = cookies.length > 0 ? headers.getSetCookie() : [];
  for (const cookie of cookies) {
    const name = cookie.slice(0, cookie.indexOf("=") + 1);
    if (!present.some((one) => one.startsWith(name))) headers.append("Set-Cookie", cookie);
  }
  if (cookies.length > 0) keepPrivate(headers);
  else if (!headers.has("Cache-Control")) headers.set("Cache-Control", "private");
  return true;
}

/** Keeps shared caches from storing a response with a cookie, which would hand one visitor's session to the others. */
function keepPrivate(headers: Headers): void {
  for (const name of SHARED_CACHE_HEADERS) headers.delete(name);
  // a value in quotes may hold commas
  const said = headers.get("Cache-Control")?.match(/(?:[^,"]|"[^"]*"?)+/g) ?? [];
  const own = said.map((one) => one.trim()).filter((one) => one !== "" && !SHARED.test(one));
  const isPrivate = own.some((one) => /^(?:private|no-store)$/i.test(one));
  headers.set("Cache-Control", (isPrivate ? own : ["private", ...own]).join(", "));
}

function varying(vary: string | null): string {
  const varies = vary?.split(",").map((name) => name.trim().toLowerCase()) ?? [];
  if (vary && (varies.includes("*") || varies.includes("cookie"))) return vary;
  return vary ? `${vary}, Cookie` : "Cookie";
}
