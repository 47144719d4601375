/** The pages. `html` escapes its values, except other `html` results. */
import type { Authenticated } from "anon-accounts";
import { html } from "hono/html";
import type { Problem } from "./messages.ts";
import type { Note } from "./notes.ts";

export type Html = ReturnType<typeof html>;
export type Visitor = Authenticated | null;

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%23b4532a'/%3E%3Cpath d='M4 5h8M4 8h8M4 11h5' stroke='white' stroke-width='1.5'/%3E%3C/svg%3E";

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
      <a class="brand" href="/">Jot</a>
      <nav aria-label="Account">${account(visitor)}</nav>
    </header>
    <main>${main}</main>
  </body>
</html>`;
}

function account(visitor: Visitor): Html {
  if (!visitor) return html`<a class="button quiet" href="/sign-in">Sign in</a>`;
  if (visitor.record.anonymous) {
    return html`<span class="chip">Guest</span> <a class="button quiet" href="/sign-in">Sign in</a>`;
  }
  return html`<span class="who">${visitor.record.email}</span>
    <form method="post" action="/sign-out"><button class="quiet">Sign out</button></form>`;
}

/** The page with the notes. `key` is the idempotency key: a double click creates only one guest. */
export function homePage(view: {
  visitor: Visitor;
  notes: readonly Note[];
  key: string;
  /** The number of devices on which the visitor is signed in. */
  devices: number;
  notice?: string;
  draft?: string;
  problem?: Problem;
}): Html {
  const { visitor, notes, key, devices, notice, draft = "", problem } = view;
  const guest = visitor?.record.anonymous === true;
  return layout(
    "Jot",
    visitor,
    html`${showNotice(notice)}
      ${visitor ? "" : html`<h1>Write it down.</h1><p class="lead">No account, no email. Just start, and keep your work later if you like.</p>`}
      <form class="card composer" method="post" action="/notes" novalidate>
        <label for="text">New note</label>
        <textarea id="text" name="text" rows="3" maxlength="4000" placeholder="Milk, bread, a birthday present …" ${errorAttributes("text", problem)}>${draft}</textarea>
        ${showError(problem)}
        <input type="hidden" name="key" value="${key}" />
        <button>Save note</button>
      </form>
      ${guest && notes.length > 0 ? offer(notes.length, devices) : ""}
      ${notes.length > 0 ? list(notes) : visitor ? html`<p class="empty">No notes yet.</p>` : ""}
      ${visitor ? transfer() : html`<p class="aside">Do you have notes on another device? <a href="/another-device/enter">Enter its code</a>.</p>`}
      ${guest ? leave() : ""}`,
  );
}

function showNotice(notice: string | undefined): Html | "" {
  return notice ? html`<p class="notice good" role="status">${notice}</p>` : "";
}

function transfer(): Html {
  return html`<section class="card offer plain" aria-labelledby="transfer">
    <div>
      <h2 id="transfer">On your phone, too?</h2>
      <p>A code brings these notes to another device.</p>
    </div>
    <form method="post" action="/another-device"><button class="quiet">Use it on another device</button></form>
  </section>`;
}

function offer(count: number, devices: number): Html {
  const where = devices > 1 ? "on your devices only" : "in this browser only";
  return html`<section class="card offer" aria-labelledby="offer">
    <div>
      <h2 id="offer">${count === 1 ? "This note is" : `These ${count} notes are`} ${where}</h2>
      <p>Add an email and a password to have your notes on every device.</p>
    </div>
    <a class="button" href="/keep">Keep my work</a>
  </section>`;
}

function list(notes: readonly Note[]): Html {
  return html`<h2 class="quiet-heading">Your notes</h2>
    <ul class="notes">
      ${notes.map(
        ({ id, text, created }) => html`<li class="card">
          <p>${text}</p>
          <footer>
            <time datetime="${new Date(created).toISOString()}">${new Date(created).toISOString().slice(0, 10)}</time>
            <form method="post" action="/notes/${id}/delete">
              <button class="quiet" aria-label="Delete the note: ${text.slice(0, 40)}">Delete</button>
            </form>
          </footer>
        </li>`,
      )}
    </ul>`;
}

function leave(): Html {
  return html`<details class="leave">
    <summary>Leave without keeping anything</summary>
    <p>A guest has no password, so you cannot sign in again: your notes and the guest account are deleted.</p>
    <form method="post" action="/discard"><button class="danger">Delete my notes</button></form>
  </details>`;
}

interface KeepView {
  devices?: number;
  email?: string;
  problem?: Problem;
}

export function keepPage({ devices = 1, email = "", problem }: KeepView = {}): Html {
  const main = html`<h1>Keep my work</h1>
    <p class="lead">Your notes stay. You only add a way to sign in.</p>
    ${credentials("/keep", "Keep my work", "new-password", email, problem)}
    ${devices > 1 ? html`<p class="aside">Afterwards, sign in once on your other ${devices > 2 ? "devices" : "device"}: from then on the password protects your notes.</p>` : ""}
    <p class="aside">Already have an account? <a href="/sign-in">Sign in</a> to add your notes to it.</p>`;
  return layout("Keep my work · Jot", null, main);
}

interface SignInView {
  notice?: string;
  email?: string;
  problem?: Problem;
  /** Whether the email was entered for a new account. */
  taken?: boolean;
}

export function signInPage(visitor: Visitor, { notice, email = "", problem, taken }: SignInView = {}): Html {
  const main = html`${showNotice(notice)}
    <h1>Sign in</h1>
    ${visitor?.record.anonymous ? html`<p class="lead">The notes from this browser are added to your account.</p>` : ""}
    ${credentials("/sign-in", "Sign in", "current-password", email, problem)}
    ${
      taken
        ? html`<p class="aside">Not your account? <a href="/keep">Use another email</a>.</p>`
        : html`<p class="aside">You do not need an account: <a href="/">just write a note</a>, or <a href="/another-device/enter">enter the code</a> of another device.</p>`
    }`;
  return layout("Sign in · Jot", visitor, main);
}

function credentials(action: string, label: string, autocomplete: string, email: string, problem?: Problem): Html {
  return html`<form class="card" method="post" action="${action}" novalidate>
    ${problem?.field ? "" : showError(problem)}
    <label for="email">Email</label>
    <input id="email" name="email" type="email" autocomplete="username" value="${email}" required ${errorAttributes("email", problem)} />
    ${problem?.field === "email" ? showError(problem) : ""}
    <label for="password">Password</label>
    <input id="password" name="password" type="password" autocomplete="${autocomplete}" required ${errorAttributes("password", problem)} />
    ${problem?.field === "password" ? showError(problem) : ""}
    <button>${label}</button>
  </form>`;
}

export function problemPage(text: string): Html {
  return layout("Jot", null, html`<h1>${text}</h1><p><a href="/">Back to the notes</a></p>`);
}

export function showError(problem: Problem | undefined): Html | "" {
  if (!problem) return "";
  const link = problem.link ? html` <a href="${problem.link.href}">${problem.link.text}</a>.` : "";
  return html`<p class="notice bad" id="problem" role="alert">${problem.text}${link}</p>`;
}

/** Marks the wrong field, for screen readers too. */
export function errorAttributes(field: Problem["field"], problem: Problem | undefined): Html | "" {
  return problem?.field === field ? html`aria-invalid="true" aria-describedby="problem" autofocus` : "";
}
