/** The record-auth API of PocketBase, and a page that uses it with the official client, as it is published. */
import { readFile } from "node:fs/promises";
import { listen } from "../shared/listen.ts";
import { anon } from "./accounts.ts";
import { mailboxPage } from "./mailbox.ts";

const here = (path: string): URL => new URL(path, import.meta.url);

/** The files that are served, each with its type; no other path leads to the disk. */
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
  // The API looks after itself, Origin included. Its token travels in a header, which no other site's page can send.
  if (anon.isApiRequest(request)) return anon.handler(request);
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response("Method not allowed\n", { status: 405, headers: { ...HEADERS, Allow: "GET, HEAD" } });
  }
  const { pathname } = new URL(request.url);
  if (pathname === "/mailbox") {
    const page = await mailboxPage();
    if (page !== null) return new Response(page, { headers: typed("text/html", { "Cache-Control": "no-store" }) });
  }
  const found = Object.hasOwn(FILES, pathname) ? FILES[pathname] : undefined;
  if (!found) return new Response("Not found\n", { status: 404, headers: HEADERS });
  const texts = await Promise.all(found.files.map((file) => readFile(file, "utf8")));
  return new Response(texts.join("\n"), { headers: typed(found.type) });
}

function typed(type: string, more: Record<string, string> = {}): Record<string, string> {
  return { ...HEADERS, "Content-Type": `${type}; charset=utf-8`, ...more };
}

await listen(respond);
