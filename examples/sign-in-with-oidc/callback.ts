/** The provider: going there, and what is done with who comes back. */
import { AnonError, type IdentityInput } from "anon-accounts";
import { auth, convertWithIdentity, deleteAccount, signInAnonymously, signInWithIdentity } from "anon-accounts/context";
import { type Context, Hono } from "hono";
import { originOf } from "../shared/origin.ts";
import { BRING, found } from "./bring.ts";
import { BrowserBound } from "./browser-bound.ts";
import { said, wrong } from "./go.ts";
import { problemPage } from "./layout.ts";
import { linkTo } from "./link.ts";
import { problemOf, type Said } from "./messages.ts";
import type { Provider } from "./providers.ts";
import { begin, type Checks, finish, isCancelled } from "./relying-party.ts";

export const CALLBACK = "/callback";

interface Begun {
  checks: Checks;
  /** Who began it, if anybody was signed in. */
  by?: string;
  /** It is to be one more way into that account, and not a sign-in. */
  links: boolean;
}

const begun = new BrowserBound<Begun>("oidc", CALLBACK);

export function callbackOf(provider: Provider): Hono {
  const app = new Hono();
  app.post("/continue", (c) => go(c, provider, false));
  app.post("/link", (c) => go(c, provider, true));
  app.get(CALLBACK, (c) => comeBack(c, provider));
  return app;
}

async function go(c: Context, provider: Provider, links: boolean): Promise<Response> {
  const visitor = await auth();
  if (links && visitor?.record.anonymous !== false) return wrong(c, "other_account");
  try {
    const { url, checks } = await begin(provider, `${originOf(c)}${CALLBACK}`);
    begun.keep(c, { checks, by: visitor?.record.id, links });
    return c.redirect(url.href, 303);
  } catch (error) {
    console.error(error);
    return wrong(c, "away");
  }
}

/** Ends in a redirect in any case, so that what is in the address is not sent again. */
async function comeBack(c: Context, provider: Provider): Promise<Response> {
  const one = begun.look(c);
  // what was begun here goes on when an address of somebody else's sign-in is opened meanwhile
  if (!one || c.req.query("state") !== one.checks.state) return wrong(c, "foreign");
  begun.take(c);
  let identity: IdentityInput;
  try {
    identity = await finish(provider, new URL(c.req.url).search, one.checks);
  } catch (error) {
    if (isCancelled(error)) return wrong(c, "cancelled");
    console.error(error);
    return wrong(c, "unproven");
  }
  try {
    return await (one.links ? linkTo(c, one.by, identity) : enter(c, one.by, identity));
  } catch (error) {
    const { text, status } = problemOf(error);
    return c.html(problemPage(text), status);
  }
}

/** A guest is converted; whoever has an account already is signed in to it, a guest not before they were asked. */
async function enter(c: Context, by: string | undefined, identity: IdentityInput): Promise<Response> {
  const visitor = await auth();
  if (visitor?.record.anonymous) return convertOrAsk(c, identity, "kept");
  const isLost = by !== undefined && !visitor;
  // in the place of the session of before, if there is one
  if (await signInWithIdentity(identity)) return said(c, isLost ? "gone" : "back");
  if (visitor) return wrong(c, "signed_in");
  // an account begins as a guest's, so that there is one way to become registered
  await signInAnonymously();
  const response = await convertOrAsk(c, identity, isLost ? "gone" : "new");
  if ((await auth())?.record.anonymous) await deleteAccount();
  return response;
}

async function convertOrAsk(c: Context, identity: IdentityInput, word: Said): Promise<Response> {
  try {
    await convertWithIdentity(identity);
    return said(c, word);
  } catch (error) {
    const code = error instanceof AnonError ? error.code : null;
    if (code === "identity_taken" || code === "email_taken") {
      found.keep(c, { identity, taken: code });
      return c.redirect(BRING, 303);
    }
    // in another tab, or collected at this moment
    if (code === "invalid_token" || code === "already_registered" || code === "conflict") return wrong(c, "changed");
    throw error;
  }
}
