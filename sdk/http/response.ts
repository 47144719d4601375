/** Responses with more headers than they came with. */

/** Statuses of responses that must not have a body, not even an empty one. */
const WITHOUT_BODY = new Set([101, 204, 205, 304]);

/**
 * The response with these cookies behind its own, for the browser alone: what it says itself of caches stays, except that
 * it varies with the cookie. One that upgrades the connection goes as it is.
 */
export function withHeaders(response: Response, cookies: readonly string[]): Response {
  if (response.status === 101) return response;
  const headers = new Headers(response.headers);
  for (const cookie of cookies) headers.append("Set-Cookie", cookie);
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", "private");
  const vary = headers.get("Vary");
  const varies = vary?.split(",").map((name) => name.trim().toLowerCase()) ?? [];
  if (!varies.includes("*") && !varies.includes("cookie")) headers.set("Vary", vary ? `${vary}, Cookie` : "Cookie");
  const { status, statusText } = response;
  return new Response(WITHOUT_BODY.has(status) ? null : response.body, { status, statusText, headers });
}
