/** Responses with more headers than they came with. */

/** Statuses of responses that must not have a body, not even an empty one. */
const WITHOUT_BODY = new Set([101, 204, 205, 304]);

/**
 * The response with these cookies behind its own, for the browser alone: what it says itself of caches stays, except that
 * it varies with the cookie. One that upgrades the connection goes as it is.
 */
export function withHeaders(original: Response, cookies: readonly string[]): Response {
  let response = original;
  // Bun's answer to a request that became a WebSocket
  if (!response) return response;
  const { status, statusText } = response;
  if (status === 101) return response;
  // what is said to caches alone is about nobody, so it may stay on a response that is the application's constant
  if (cookies.length === 0 && addHeaders(response.headers, cookies)) return response;
  // with a cookie never the response itself: it may be the application's constant, which must not keep what belongs to one visitor
  if ("Bun" in globalThis && !response.headers.has("Content-Type")) {
    // Bun gives a text its type when it sends it, and a response made of the same body would have none
    const copy = response.clone();
    response.body?.cancel().catch(() => "what an application's stream does then is told to the copy");
    if (addHeaders(copy.headers, cookies)) return copy;
    response = copy;
  }
  const headers = new Headers(response.headers);
  addHeaders(headers, cookies);
  return new Response(WITHOUT_BODY.has(status) ? null : response.body, { status, statusText, headers });
}

/** The same, to headers themselves. Answers whether they could be added to: those of a response of fetch cannot. */
export function addHeaders(headers: Headers, cookies: readonly string[]): boolean {
  try {
    headers.set("Vary", varying(headers.get("Vary")));
  } catch {
    return false;
  }
  // somebody else may have answered the same request, such as the HTTP API inside of a handler: they know better
  const present = cookies.length > 0 ? headers.getSetCookie() : [];
  for (const cookie of cookies) {
    const name = cookie.slice(0, cookie.indexOf("=") + 1);
    if (!present.some((one) => one.startsWith(name))) headers.append("Set-Cookie", cookie);
  }
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", "private");
  return true;
}

function varying(vary: string | null): string {
  const varies = vary?.split(",").map((name) => name.trim().toLowerCase()) ?? [];
  if (vary && (varies.includes("*") || varies.includes("cookie"))) return vary;
  return vary ? `${vary}, Cookie` : "Cookie";
}
