/** The error page. It does not look up the visitor, since that may be what failed. */
import { assetUrl } from "./assets.ts";

/** @param text Not escaped, so never a visitor's input */
export function problemPage(status: number, text: string, headers: Record<string, string> = {}): Response {
  const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${text} · Saltmarsh Pottery</title>
    <link rel="icon" href="${assetUrl("icon.svg")}" />
    <link rel="stylesheet" href="${assetUrl("base.css")}" />
    <link rel="stylesheet" href="${assetUrl("pieces.css")}" />
  </head>
  <body>
    <main class="narrow lonely"><h1>${text}</h1><p><a class="button" href="/">Back to the shop</a></p></main>
  </body>
</html>`;
  return new Response(html, {
    status,
    headers: { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "private, no-store", ...headers },
  });
}
