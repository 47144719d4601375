/** The pages. `html` escapes whatever is put into it, except what it made itself. */
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

/** What the page with the notes shows. `key` makes one visitor of all that is sent from it before anybody is signed in. */
export function homePage(view: {
  visitor: Visitor;
  notes: readonly Note[];
  key: string;
  /** On how many devices the visitor is signed in. */
  devices: number;
  said?: string;
  draft?: string;
  problem?: Problem;
}): Html {
  const { visitor, notes, key, devices, said, draft = "", problem } = view;
  const guest = visitor?.record.anonymous === true;
  return layout(
    "Jot",
    visitor,
    html`${good(said)}
      ${visitor ? "" : html`<h1>Write it down.</h1><p class="lead">No account, no email. Just begin, and keep it later if you like.</p>`}
      <form class="card composer" method="post" action="/notes" novalidate>
        <label for="text">New note</label>
        <textarea id="text" name="text" rows="3" maxlength="4000" placeholder="Milk, bread, a birthday present …" ${described("text", problem)}>${draft}</textarea>
        ${shown(problem)}
        <input type="hidden" name="key" value="${key}" />
        <button>Save note</button>
      </form>
      ${guest && notes.length > 0 ? offer(notes.length, devices) : ""}
      ${notes.length > 0 ? list(notes) : visitor ? html`<p class="empty">No notes yet.</p>` : ""}
      ${visitor ? transfer() : html`<p class="aside">Are there notes on another device? <a href="/another-device/enter">Enter its code</a>.</p>`}
      ${guest ? leave() : ""}`,
  );
}

function good(said: string | undefined): Html | "" {
  return said ? html`<p class="notice good" role="status">${said}</p>` : "";
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
      <h2 id="offer">${count === 1 ? "This note lives" : `These ${count} notes live`} ${where}</h2>
      <p>Add an email and a password, and they are yours on every device.</p>
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
    <p>A guest has no password, so nobody could sign in again: the notes are deleted, and the account with them.</p>
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
    <p class="lead">Everything stays where it is. You only add how to find it again.</p>
    ${credentials("/keep", "Keep my work", "new-password", email, problem)}
    ${devices > 1 ? html`<p class="aside">On your other ${devices > 2 ? "devices" : "device"} you sign in once afterwards: from then on the password protects the notes.</p>` : ""}
    <p class="aside">Do you have an account already? <a href="/sign-in">Sign in</a>, and your notes come along.</p>`;
  return layout("Keep my work · Jot", null, main);
}

interface SignInView {
  said?: string;
  email?: string;
  problem?: Problem;
  /** The email was to be that of a new account. */
  taken?: boolean;
}

export function signInPage(visitor: Visitor, { said, email = "", problem, taken }: SignInView = {}): Html {
  const main = html`${good(said)}
    <h1>Sign in</h1>
    ${visitor?.record.anonymous ? html`<p class="lead">The notes that you took here come along.</p>` : ""}
    ${credentials("/sign-in", "Sign in", "current-password", email, problem)}
    ${
      taken
        ? html`<p class="aside">Is it not yours? <a href="/keep">Use another email</a>.</p>`
        : html`<p class="aside">No account? You need none: <a href="/">just write a note</a>, or <a href="/another-device/enter">enter the code</a> of another device.</p>`
    }`;
  return layout("Sign in · Jot", visitor, main);
}

function credentials(action: string, label: string, autocomplete: string, email: string, problem?: Problem): Html {
  return html`<form class="card" method="post" action="${action}" novalidate>
    ${problem?.field ? "" : shown(problem)}
    <label for="email">Email</label>
    <input id="email" name="email" type="email" autocomplete="username" value="${email}" required ${described("email", problem)} />
    ${problem?.field === "email" ? shown(problem) : ""}
    <label for="password">Password</label>
    <input id="password" name="password" type="password" autocomplete="${autocomplete}" required ${described("password", problem)} />
    ${problem?.field === "password" ? shown(problem) : ""}
    <button>${label}</button>
  </form>`;
}

export function problemPage(text: string): Html {
  return layout("Jot", null, html`<h1>${text}</h1><p><a href="/">Back to the notes</a></p>`);
}

export function shown(problem: Problem | undefined): Html | "" {
  if (!problem) return "";
  const link = problem.link ? html` <a href="${problem.link.href}">${problem.link.text}</a>.` : "";
  return html`<p class="notice bad" id="problem" role="alert">${problem.text}${link}</p>`;
}

/** Says of a field that it is the one that is wrong, also to those who cannot see it. */
export function described(field: Problem["field"], problem: Problem | undefined): Html | "" {
  return problem?.field === field ? html`aria-invalid="true" aria-describedby="problem" autofocus` : "";
}
