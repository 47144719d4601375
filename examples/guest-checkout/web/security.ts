/** What protects the pages: headers that let them load and send nothing elsewhere, and an eye on who sends a form. */

const HEADERS: Readonly<Record<string, string>> = {
  // no script at all, and nothing from elsewhere. Strict-Transport-Security is missing: it would hold for all of localhost
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  // with none at all, browsers would not name the origin of a form either
  "Referrer-Policy": "same-origin",
};

export function secured(response: Response): Response {
  const { status, body } = response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  return new Response(body, { status, headers });
}

/**
 * Whether something that changes anything was sent by no page of this shop. The cookie is `SameSite=Lax`, which keeps other
 * sites out; this keeps out other ports and subdomains, which are the same site, and forms that sign a visitor in as
 * somebody else, for which no cookie is needed.
 */
export function isFromElsewhere(request: Request): boolean {
  if (request.method === "GET" || request.method === "HEAD") return false;
  const site = request.headers.get("sec-fetch-site");
  if (site !== null) return site !== "same-origin" && site !== "none";
  const origin = request.headers.get("origin");
  return origin === null || !URL.canParse(origin) || new URL(origin).host !== new URL(request.url).host;
}
