/** The pages for signing in and registering, and for guests who already have an account. */
import { html } from "hono/html";
import { continueWith } from "./home-page.ts";
import { errorAttributes, type Html, layout, showError, showNotice, type Visitor } from "./layout.ts";
import type { Problem } from "./messages.ts";

interface FormView {
  email?: string;
  problem?: Problem;
}

export function signInPage(visitor: Visitor, label: string, view: FormView & { notice?: string } = {}): Html {
  const main = html`${showNotice(view.notice)}
    <h1>Sign in</h1>
    ${visitor?.record.anonymous ? html`<p class="lead">The books from this browser are added to your account.</p>` : ""}
    <section class="card">${continueWith(label)}</section>
    ${credentials("/sign-in", "Sign in", "current-password", view)}`;
  return layout("Sign in · Dog-ear", visitor, main);
}

export function registerPage(visitor: Visitor, view: FormView = {}): Html {
  const main = html`<h1>Create an account</h1>
    <p class="lead">Your list stays. You only add a way to sign in.</p>
    ${credentials("/register", "Create an account", "new-password", view)}`;
  return layout("Create an account · Dog-ear", visitor, main);
}

function credentials(action: string, label: string, autocomplete: string, { email = "", problem }: FormView): Html {
  return html`<form class="card" method="post" action="${action}" novalidate>
    ${showError(problem?.text)}
    <label for="email">Email</label>
    <input id="email" name="email" type="email" autocomplete="username" value="${email}" required ${errorAttributes("email", problem)} />
    <label for="password">Password</label>
    <input id="password" name="password" type="password" autocomplete="${autocomplete}" required ${errorAttributes("password", problem)} />
    <button>${label}</button>
  </form>`;
}

/** For a guest whose identity is linked to another account. */
export function bringPage(visitor: Visitor, who: string, problem?: Problem): Html {
  const main = html`<h1>You already have an account</h1>
    <p class="lead">It is the account of ${who}. Do you want to add the list from this browser to it?</p>
    <form class="card" method="post" action="/bring">
      ${showError(problem?.text)}
      <button name="way" value="along">Add this list</button>
      <button class="quiet" name="way" value="without">Sign in without this list</button>
    </form>
    <p class="aside"><a href="/">Stay a guest</a></p>`;
  return layout("You already have an account · Dog-ear", visitor, main);
}

/** For a guest whose verified email belongs to an account with a password. */
export function provePage(visitor: Visitor, email: string, label: string, problem?: Problem): Html {
  const main = html`<h1>There is an account with ${email}</h1>
    <p class="lead">Is it yours? Enter its password to sign in with ${label} from now on, and to add your list to it.</p>
    <form class="card" method="post" action="/bring">
      ${showError(problem?.text)}
      <input type="hidden" name="email" autocomplete="username" value="${email}" />
      <label for="password">Password</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required />
      <button name="way" value="along">Sign in</button>
      <button class="quiet" name="way" value="mailbox" formnovalidate>I do not know its password</button>
      <button class="quiet" name="way" value="without" formnovalidate>It is not mine</button>
    </form>
    <p class="aside">If it has no password, <a href="/sign-in">sign in</a> as you did before, and link this identity there.</p>
    <p class="aside"><em>I do not know its password</em> signs you in to it if its email was never verified. The
      person who registered it is then signed out, and its password no longer works.</p>
    <p class="aside"><em>It is not mine</em> creates another account that you sign in to with ${label}, without this email.</p>`;
  return layout("There is an account already · Dog-ear", visitor, main);
}
