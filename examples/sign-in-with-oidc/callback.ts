/** Goes to the provider, and handles the return. */
import { AnonError } from "anon-accounts";
import { auth, convertWithIdentity, deleteAccount, signInAnonymously, signInWithIdentity } from "anon-accounts/context";
import type { IdentityInput } from "anon-accounts/types";
import { type Context, Hono } from "hono";
import { originOf } from "../shared/origin.ts";
import { anon } from "./accounts.ts";
import { BRING, pendingChoices } from "./bring.ts";
import { BrowserStore } from "./browser-store.ts";
import { linkTo } from "./link.ts";
import type { Notice } from "./messages.ts";
import type { Provider } from "./providers.ts";
import { begin, type Checks, finish, isCancelled } from "./relying-party.ts";
import { fail, succeed } from "./results.ts";

export const CALLBACK = "/callback";

interface PendingSignIn {
  checks: Checks;
  /** The account that started it, if there was one, and whether it was a guest. */
  startedBy: string | undefined;
  startedByGuest: boolean;
  /** Links the identity to that account instead of signing in. */
  links: boolean;
}

export const pendingSignIns: BrowserStore<PendingSignIn> = new BrowserStore("oidc");

export function callbackOf(provider: Provider): Hono {
  const app = new Hono();
  app.post("/continue", (c) => go(c, provider, false));
  app.post("/link", (c) => go(c, provider, true));
  app.get(CALLBACK, (c) => comeBack(c, provider));
  return app;
}

async function go(c: Context, provider: Provider, links: boolean): Promise<Response> {
  const visitor = await auth();
  if (links && visitor?.record.anonymous !== false) return fail(c, "other_account");
  try {
    const { url, checks } = await begin(provider, `${originOf(c)}${CALLBACK}`);
    pendingSignIns.set(c, {
      checks,
      startedBy: visitor?.record.id,
      startedByGuest: visitor?.record.anonymous === true,
      links,
    });
    return c.redirect(url.href, 303);
  } catch (error) {
    console.error(error);
    return fail(c, "unreachable");
  }
}

/** Always ends in a redirect, so that the code in the URL is not sent again. */
async function comeBack(c: Context, provider: Provider): Promise<Response> {
  const pending = pendingSignIns.get(c);
  // a return URL of another sign-in does not end the pending one
  if (!pending || c.req.query("state") !== pending.checks.state) return fail(c, "other_browser");
  pendingSignIns.take(c);
  let identity: IdentityInput;
  try {
    identity = await finish(provider, new URL(c.req.url).search, pending.checks);
  } catch (error) {
    if (isCancelled(error)) return fail(c, "cancelled");
    console.error(error);
    return fail(c, "unverified");
  }
  try {
    return await (pending.links ? linkTo(c, pending.startedBy, identity) : enter(c, pending, identity));
  } catch (error) {
    console.error(error);
    return fail(c, "internal_error");
  }
}

/** Converts a guest, or signs in to an existing account; a guest is asked first. */
async function enter(
  c: Context,
  { startedBy, startedByGuest }: PendingSignIn,
  identity: IdentityInput,
): Promise<Response> {
  const visitor = await auth();
  // another account has signed in since: its list must not be changed
  if (visitor && visitor.record.id !== startedBy) return fail(c, "other_account");
  if (visitor?.record.anonymous) return convertOrAsk(c, identity, "kept", startedBy);
  const isLost = !visitor && startedBy !== undefined && startedByGuest && (await anon.admin.get(startedBy)) === null;
  // by the linked identity only: for an account that only has the email, the visitor is asked first
  if (await signInWithIdentity({ ...identity, emailVerified: false })) return succeed(c, isLost ? "gone" : "back");
  if (visitor) return fail(c, "signed_in");
  // every account starts as a guest and is then converted
  await signInAnonymously();
  try {
    return await convertOrAsk(c, identity, isLost ? "gone" : "new", undefined);
  } finally {
    if ((await auth())?.record.anonymous) await deleteAccount();
  }
}

/** @param startedBy The guest who has to choose, or `undefined` for a new visitor */
async function convertOrAsk(
  c: Context,
  identity: IdentityInput,
  word: Notice,
  startedBy: string | undefined,
): Promise<Response> {
  try {
    await convertWithIdentity(identity);
    return succeed(c, word);
  } catch (error) {
    const code = error instanceof AnonError ? error.code : null;
    if (code === "identity_taken" || code === "email_taken") {
      pendingChoices.set(c, { identity, taken: code, startedBy });
      return c.redirect(BRING, 303);
    }
    // the email cannot be stored, but the identity still signs them in
    if ((code === "invalid_email" || code === "reserved_email") && identity.emailVerified) {
      return convertOrAsk(c, { ...identity, emailVerified: false }, word, startedBy);
    }
    // the guest was changed in another tab, or deleted by gc
    if (code === "invalid_token" || code === "already_registered" || code === "conflict") return fail(c, "changed");
    throw error;
  }
}
