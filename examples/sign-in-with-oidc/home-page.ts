/** The page with the list and the account's identities. */
import type { AccountExport } from "anon-accounts/types";
import { html } from "hono/html";
import { errorAttributes, type Html, layout, showError, showNotice, type Visitor } from "./layout.ts";
import type { Problem } from "./messages.ts";

type Identities = AccountExport["identities"];

export interface HomeView {
  visitor: Visitor;
  books: readonly string[];
  /** The idempotency key: a double click creates only one guest. */
  key: string;
  /** The name of the provider, for visitors. */
  label: string;
  identities: Identities;
  notice?: string;
  failure?: string;
  title?: string;
  problem?: Problem;
}

export function homePage({
  visitor,
  books,
  key,
  label,
  identities,
  notice,
  failure,
  title = "",
  problem,
}: HomeView): Html {
  return layout(
    "Dog-ear",
    visitor,
    html`${showNotice(notice)}${showError(failure)}
      <h1>What to read next</h1>
      <form class="card" method="post" action="/books" novalidate>
        <label for="title">Book</label>
        <input id="title" name="title" maxlength="200" value="${title}" ${errorAttributes("title", problem)} />
        ${showError(problem?.text)}
        <input type="hidden" name="key" value="${key}" />
        <button>Put it on the list</button>
      </form>
      ${books.length > 0 ? html`<ul class="books">${books.map((book) => html`<li>${book}</li>`)}</ul>` : ""}
      ${visitor?.record.anonymous ? offer(label) : visitor ? identityList(identities, label) : ""}`,
  );
}

/** The button that starts a sign-in with the provider. */
export function continueWith(label: string): Html {
  return html`<form method="post" action="/continue"><button>Continue with ${label}</button></form>`;
}

function offer(label: string): Html {
  return html`<section class="card" aria-labelledby="offer">
    <h2 id="offer">This list is in this browser only</h2>
    <p>Sign in to have it on every device.</p>
    ${continueWith(label)}
    <p class="aside">Or <a href="/register">create an account with a password</a>.</p>
  </section>`;
}

function identityList(identities: Identities, label: string): Html {
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
    <form method="post" action="/link"><button class="quiet">Link another ${label}</button></form>
  </section>`;
}
