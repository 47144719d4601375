/** The provider: going there, and what is done with who comes back. */
import { AnonError } from "anon-accounts";
import { auth, convertWithIdentity, deleteAccount, signInAnonymously, signInWithIdentity } from "anon-accounts/context";
import type { IdentityInput } from "anon-accounts/types";
import { type Context, Hono } from "hono";
import { originOf } from "../shared/origin.ts";
import { anon } from "./accounts.ts";
import { BRING, found } from "./bring.ts";
import { BrowserBound } from "./browser-bound.ts";
import { said, wrong } from "./go.ts";
import { linkTo } from "./link.ts";
import type { Said } from "./messages.ts";
import type { Provider } from "./providers.ts";
import { begin, type Checks, finish, isCancelled } from "./relying-party.ts";

export const CALLBACK = "/callback";

interface Begun {
  checks: Checks;
  /** Who began it, if anybody was signed in, and whether that was a guest. */
  by: string | undefined;
  wasGuest: boolean;
  /** It is to be one more way into that account, and not a sign-in. */
  links: boolean;
}

export const begun: BrowserBound<Begun> = new BrowserBound("oidc");

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
    begun.keep(c, { checks, by: visitor?.record.id, wasGuest: visitor?.record.anonymous === true, links });
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
    return await (one.links ? linkTo(c, one.by, identity) : enter(c, one, identity));
  } catch (error) {
    console.error(error);
    return wrong(c, "trouble");
  }
}

/** A guest is converted; whoever has an account already is signed in to it, a guest not before they were asked. */
async function enter(c: Context, { by, wasGuest }: Begun, identity: IdentityInput): Promise<Response> {
  const visitor = await auth();
  // who has come to this browser meanwhile gives nobody else their list
  if (visitor && visitor.record.id !== by) return wrong(c, "other_account");
  if (visitor?.record.anonymous) return convertOrAsk(c, identity, "kept", by);
  const isLost = !visitor && by !== undefined && wasGuest && (await anon.admin.get(by)) === null;
  // in the place of the earlier session, if there is one; an account that only holds the email is asked about first
  if (await signInWithIdentity({ ...identity, emailVerified: false })) return said(c, isLost ? "gone" : "back");
  if (visitor) return wrong(c, "signed_in");
  // an account begins as a guest's, so that there is one way to become registered
  await signInAnonymously();
  try {
    return await convertOrAsk(c, identity, isLost ? "gone" : "new", undefined);
  } finally {
    if ((await auth())?.record.anonymous) await deleteAccount();
  }
}

/** @param by Whose answer it is that is asked for: a guest's, or `undefined` of somebody who was not here before */
async function convertOrAsk(
  c: Context,
  identity: IdentityInput,
  word: Said,
  by: string | undefined,
): Promise<Response> {
  try {
    await convertWithIdentity(identity);
    return said(c, word);
  } catch (error) {
    const code = error instanceof AnonError ? error.code : null;
    if (code === "identity_taken" || code === "email_taken") {
      found.keep(c, { identity, taken: code, by });
      return c.redirect(BRING, 303);
    }
    // of no use as an address: they come in by who they are all the same
    if ((code === "invalid_email" || code === "reserved_email") && identity.emailVerified) {
      return convertOrAsk(c, { ...identity, emailVerified: false }, word, by);
    }
    // in another tab, or collected at this moment
    if (code === "invalid_token" || code === "already_registered" || code === "conflict") return wrong(c, "changed");
    throw error;
  }
}
