/** The page. `html` escapes its values. */
import type { AnonError, AnonRecord } from "anon-accounts";
import { html } from "hono/html";

type Html = ReturnType<typeof html>;

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='8' fill='%23c2571f'/%3E%3Cpath d='M8 4v8M4 8h8' stroke='white' stroke-width='2'/%3E%3C/svg%3E";

const MESSAGES: Readonly<Record<string, string>> = {
  email_taken: "There is already an account with this email: sign in instead.",
  invalid_email: "This does not look like an email address.",
  reserved_email: "This email domain is reserved for guests.",
  weak_password: "Use 8 characters or more.",
  invalid_credentials: "Wrong email or password.",
  already_registered: "This account is already kept.",
  invalid_token: "You have been signed out: count something to start again.",
  idempotency_key_used: "This page was too old. Please try again.",
  invalid_idempotency_key: "This page was too old. Please try again.",
  rate_limited: "Too many attempts from your network. Please wait a while, then try again.",
};

export interface View {
  record: AnonRecord | null;
  count: number;
  /** The idempotency key: a double click creates only one guest. */
  key: string;
  /** The form that was refused, and why. */
  refused?: { path: string; error: AnonError; email?: string };
}

export function page({ record, count, key, refused }: View): Html {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Counter</title>
    <link rel="icon" href="${ICON}" />
    <link rel="stylesheet" href="/style.css" />
  </head>
  <body>
    <header class="bar">
      <a class="brand" href="/">Counter</a>
      <nav aria-label="Account">${account(record)}</nav>
    </header>
    <main>
      <form class="counter" method="post" action="/count">
        <output>${count}</output>
        <p class="lead">${count === 1 ? "cup of tea" : "cups of tea"}</p>
        <input type="hidden" name="key" value="${key}" />
        <button type="submit">Count one</button>
        ${refusal("/count", refused)}
      </form>
      <div class="two">
        ${
          record?.anonymous
            ? credentials(
                "/convert",
                "Keep this count",
                "Add an email and a password to keep it.",
                "new-password",
                refused,
              )
            : ""
        }
        ${
          !record || record.anonymous
            ? credentials("/sign-in", "Sign in", "Have you counted before?", "current-password", refused)
            : ""
        }
      </div>
    </main>
  </body>
</html>`;
}

function account(record: AnonRecord | null): Html {
  if (!record) return html`<span class="chip">Not signed in</span>`;
  if (record.anonymous) return html`<span class="chip">Guest</span>`;
  return html`<span class="who">${record.email}</span>
    <form method="post" action="/sign-out"><button type="submit" class="quiet">Sign out</button></form>`;
}

function credentials(path: string, title: string, why: string, autocomplete: string, refused: View["refused"]): Html {
  const mine = refused?.path === path ? refused : undefined;
  const id = path.slice(1);
  return html`<form class="card" method="post" action="${path}" novalidate aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    <p class="aside">${why}</p>
    <label for="${id}-email">Email</label>
    <input id="${id}-email" name="email" type="email" autocomplete="username" value="${mine?.email ?? ""}" ${invalid(mine, "email")} />
    <label for="${id}-password">Password</label>
    <input id="${id}-password" name="password" type="password" autocomplete="${autocomplete}" ${invalid(mine, "password")} />
    ${refusal(path, refused)}
    <button type="submit">${title}</button>
  </form>`;
}

function refusal(path: string, refused: View["refused"]): Html | "" {
  if (refused?.path !== path) return "";
  return html`<p class="notice bad" role="alert">${MESSAGES[refused.error.code] ?? "That did not work."}</p>`;
}

/** The error codes contain the name of the field: `email_taken`, `weak_password`. */
function invalid(refused: View["refused"], field: string): Html | "" {
  return refused?.error.code.includes(field) ? html`aria-invalid="true" autofocus` : "";
}
