/** PocketBase's record-auth API, and a page that calls it with the official client. */
import { readFile } from "node:fs/promises";
import { listen } from "../shared/listen.ts";
import { anon } from "./accounts.ts";
import { mailboxPage } from "./mailbox.ts";

const here = (path: string): URL => new URL(path, import.meta.url);

/** The only files that are served. */
const FILES: Readonly<Record<string, { type: string; files: readonly URL[] }>> = {
  "/": { type: "text/html", files: [here("page/index.html")] },
  "/app.js": { type: "text/javascript", files: [here("page/app.js")] },
  "/forms.js": { type: "text/javascript", files: [here("page/forms.js")] },
  "/icon.svg": { type: "image/svg+xml", files: [here("page/icon.svg")] },
  "/style.css": { type: "text/css", files: [here("../shared/style.css"), here("page/page.css")] },
  "/pocketbase.js": { type: "text/javascript", files: [new URL(import.meta.resolve("pocketbase"))] },
};

const HEADERS = {
  "Cache-Control": "no-cache",
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Referrer-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
};

async function respond(request: Request): Promise<Response> {
  // The API checks the Origin itself. Its token is in a header, which pages of other sites cannot send.
  if (anon.isApiRequest(request)) return anon.handler(request);
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response("Method not allowed\n", { status: 405, headers: { ...HEADERS, Allow: "GET, HEAD" } });
  }
  const { pathname } = new URL(request.url);
  if (pathname === "/mailbox") {
    const page = await mailboxPage();
    if (page !== null) return new Response(page, { headers: withType("text/html", { "Cache-Control": "no-store" }) });
  }
  const found = Object.hasOwn(FILES, pathname) ? FILES[pathname] : undefined;
  if (!found) return new Response("Not found\n", { status: 404, headers: HEADERS });
  const texts = await Promise.all(found.files.map((file) => readFile(file, "utf8")));
  return new Response(texts.join("\n"), { headers: withType(found.type) });
}

function withType(type: string, more: Record<string, string> = {}): Record<string, string> {
  return { ...HEADERS, "Content-Type": `${type}; charset=utf-8`, ...more };
}

await listen(respond);
