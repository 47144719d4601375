/** Security headers, and the check of a form's origin. */

const HEADERS: Readonly<Record<string, string>> = {
  // no scripts, and nothing from other origins. No Strict-Transport-Security: it would apply to all of localhost
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  // without a referrer, browsers would not send the origin of a form either
  "Referrer-Policy": "same-origin",
};

export function withSecurityHeaders(response: Response): Response {
  const { status, body } = response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  return new Response(body, { status, headers });
}

/**
 * Whether a request that changes data comes from another origin. The cookie is `SameSite=Lax`, which stops other sites. This
 * check stops other ports and subdomains, which are the same site, and forms that sign a visitor in to another account,
 * which need no cookie.
 */
export function isCrossOrigin(request: Request): boolean {
  if (request.method === "GET" || request.method === "HEAD") return false;
  const site = request.headers.get("sec-fetch-site");
  if (site !== null) return site !== "same-origin" && site !== "none";
  const origin = request.headers.get("origin");
  return origin === null || !URL.canParse(origin) || new URL(origin).host !== new URL(request.url).host;
}
