/** The layout of all pages. `html` escapes its values, except other `html` results. */
import type { Authenticated } from "anon-accounts";
import { html } from "hono/html";
import type { Problem } from "./messages.ts";

export type Html = ReturnType<typeof html>;
export type Visitor = Authenticated | null;

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M3 1h10v14l-5-4-5 4z' fill='%23b4532a'/%3E%3C/svg%3E";

export function layout(title: string, visitor: Visitor, main: Html): Html {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${title}</title>
    <link rel="icon" href="${ICON}" />
    <link rel="stylesheet" href="/style.css" />
  </head>
  <body>
    <header class="bar">
      <a class="brand" href="/">Dog-ear</a>
      <nav aria-label="Account">${account(visitor)}</nav>
    </header>
    <main>${main}</main>
  </body>
</html>`;
}

function account(visitor: Visitor): Html {
  if (!visitor) return html`<a class="button quiet" href="/sign-in">Sign in</a>`;
  const { anonymous, email, username } = visitor.record;
  if (anonymous) return html`<span class="chip">Guest</span> <a class="button quiet" href="/sign-in">Sign in</a>`;
  // without a verified email the account still has the guest's random one
  return html`<span class="who">${email.endsWith(".invalid") ? username : email}</span>
    <form method="post" action="/sign-out"><button class="quiet">Sign out</button></form>`;
}

export function showNotice(notice: string | undefined): Html | "" {
  return notice ? html`<p class="notice good" role="status">${notice}</p>` : "";
}

export function showError(text: string | undefined): Html | "" {
  return text ? html`<p class="notice bad" id="problem" role="alert">${text}</p>` : "";
}

/** Marks the wrong field, for screen readers too. */
export function errorAttributes(field: Problem["field"], problem: Problem | undefined): Html | "" {
  return problem?.field === field ? html`aria-invalid="true" aria-describedby="problem" autofocus` : "";
}

export function problemPage(text: string): Html {
  return layout("Dog-ear", null, html`<h1>${text}</h1><p><a href="/">Back to the list</a></p>`);
}
