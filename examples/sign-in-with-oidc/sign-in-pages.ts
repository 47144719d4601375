/** The pages of signing in: with a password, with a provider, and what is asked when there is an account already. */
import { html } from "hono/html";
import { continueWith } from "./home-page.ts";
import { bad, described, good, type Html, layout, type Visitor } from "./layout.ts";
import type { Problem } from "./messages.ts";

interface FormView {
  email?: string;
  problem?: Problem;
}

export function signInPage(visitor: Visitor, label: string, view: FormView & { said?: string } = {}): Html {
  const main = html`${good(view.said)}
    <h1>Sign in</h1>
    ${visitor?.record.anonymous ? html`<p class="lead">The books that you put on the list here come along.</p>` : ""}
    <section class="card">${continueWith(label)}</section>
    ${credentials("/sign-in", "Sign in", "current-password", view)}`;
  return layout("Sign in · Dog-ear", visitor, main);
}

export function registerPage(visitor: Visitor, view: FormView = {}): Html {
  const main = html`<h1>Create an account</h1>
    <p class="lead">Your list stays where it is. You only add how to find it again.</p>
    ${credentials("/register", "Create an account", "new-password", view)}`;
  return layout("Create an account · Dog-ear", visitor, main);
}

function credentials(action: string, label: string, autocomplete: string, { email = "", problem }: FormView): Html {
  return html`<form class="card" method="post" action="${action}" novalidate>
    ${bad(problem?.text)}
    <label for="email">Email</label>
    <input id="email" name="email" type="email" autocomplete="username" value="${email}" required ${described("email", problem)} />
    <label for="password">Password</label>
    <input id="password" name="password" type="password" autocomplete="${autocomplete}" required ${described("password", problem)} />
    <button>${label}</button>
  </form>`;
}

/** Whoever came back from the provider has an account that is signed in to that way. */
export function bringPage(visitor: Visitor, who: string, problem?: Problem): Html {
  const main = html`<h1>You have an account already</h1>
    <p class="lead">It is that of ${who}. Bring along what you put on the list here?</p>
    <form class="card" method="post" action="/bring">
      ${bad(problem?.text)}
      <button name="way" value="along">Bring it along</button>
      <button class="quiet" name="way" value="without">Sign in without it</button>
    </form>
    <p class="aside"><a href="/">Stay a guest</a></p>`;
  return layout("You have an account already · Dog-ear", visitor, main);
}

/** The email of whoever came back from the provider is that of an account with a password. */
export function provePage(visitor: Visitor, email: string, label: string, problem?: Problem): Html {
  const main = html`<h1>There is an account with ${email}</h1>
    <p class="lead">Is it yours? With its password it is signed in to by ${label}, too, and your list comes along.</p>
    <form class="card" method="post" action="/bring">
      ${bad(problem?.text)}
      <input type="hidden" name="email" autocomplete="username" value="${email}" />
      <label for="password">Password</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required />
      <button name="way" value="along">Sign in</button>
      <button class="quiet" name="way" value="mailbox" formnovalidate>I do not know its password</button>
      <button class="quiet" name="way" value="without" formnovalidate>It is not mine</button>
    </form>
    <p class="aside">Has it no password? <a href="/sign-in">Sign in</a> as you did before, and link this one there.</p>
    <p class="aside"><em>I do not know its password</em> signs you in to it if its email was never verified. The
      person who registered it is signed out then, and its password is no longer good.</p>
    <p class="aside"><em>It is not mine</em> makes an account that is signed in to by ${label}, without the email.</p>`;
  return layout("There is an account already · Dog-ear", visitor, main);
}
