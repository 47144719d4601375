/** The page with the list, and with the ways into the account. */
import type { AccountExport } from "anon-accounts/types";
import { html } from "hono/html";
import { bad, described, good, type Html, layout, type Visitor } from "./layout.ts";
import type { Problem } from "./messages.ts";

type Identities = AccountExport["identities"];

export interface HomeView {
  visitor: Visitor;
  books: readonly string[];
  /** Makes one visitor of all that is sent from it before anybody is signed in. */
  key: string;
  /** What people call the provider. */
  label: string;
  identities: Identities;
  said?: string;
  wrong?: string;
  title?: string;
  problem?: Problem;
}

export function homePage({ visitor, books, key, label, identities, said, wrong, title = "", problem }: HomeView): Html {
  return layout(
    "Dog-ear",
    visitor,
    html`${good(said)}${bad(wrong)}
      <h1>What to read next</h1>
      <form class="card" method="post" action="/books" novalidate>
        <label for="title">Book</label>
        <input id="title" name="title" maxlength="200" value="${title}" ${described("title", problem)} />
        ${bad(problem?.text)}
        <input type="hidden" name="key" value="${key}" />
        <button>Put it on the list</button>
      </form>
      ${books.length > 0 ? html`<ul class="books">${books.map((book) => html`<li>${book}</li>`)}</ul>` : ""}
      ${visitor?.record.anonymous ? offer(label) : visitor ? waysIn(identities, label) : ""}`,
  );
}

/** Begins a sign-in with the provider. */
export function continueWith(label: string): Html {
  return html`<form method="post" action="/continue"><button>Continue with ${label}</button></form>`;
}

function offer(label: string): Html {
  return html`<section class="card" aria-labelledby="offer">
    <h2 id="offer">This list lives in this browser only</h2>
    <p>Say who you are, and it is yours on every device.</p>
    ${continueWith(label)}
    <p class="aside">Or <a href="/register">create an account with a password</a>.</p>
  </section>`;
}

function waysIn(identities: Identities, label: string): Html {
  return html`<section class="card" aria-labelledby="ways-in">
    <h2 id="ways-in">How you sign in</h2>
    <ul class="ways-in">
      ${identities.map(
        ({ provider, subject, email }) => html`<li>
          <span>${provider === "loopback" ? label : provider}: ${email ?? subject}</span>
          <form method="post" action="/unlink">
            <input type="hidden" name="provider" value="${provider}" />
            <input type="hidden" name="subject" value="${subject}" />
            <button class="quiet" aria-label="Remove ${email ?? subject}">Remove</button>
          </form>
        </li>`,
      )}
    </ul>
    <form method="post" action="/link"><button class="quiet">Link another one of ${label}</button></form>
  </section>`;
}
