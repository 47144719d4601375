/** A guest who comes back from the provider already has an account: asks what to do with the guest's list. */

import { auth, convertWithIdentity, signInAnonymously, signInWithIdentity } from "anon-accounts/context";
import type { IdentityInput } from "anon-accounts/types";
import { type Context, Hono } from "hono";
import { fields } from "../shared/forms.ts";
import { mergeGuest, signInAndMerge } from "../shared/sign-in.ts";
import { anon } from "./accounts.ts";
import { BrowserStore } from "./browser-store.ts";
import { type Problem, problemOf } from "./messages.ts";
import type { Provider } from "./providers.ts";
import { fail, succeed } from "./results.ts";
import { bringPage, provePage } from "./sign-in-pages.ts";

export const BRING = "/bring";

/** A verified identity whose subject or email belongs to another account. */
interface PendingChoice {
  identity: IdentityInput;
  taken: "identity_taken" | "email_taken";
  /** The id of the guest that started the sign-in, if it was one. */
  startedBy: string | undefined;
}

export const pendingChoices: BrowserStore<PendingChoice> = new BrowserStore("pending-choice");

export function bringOf({ label }: Provider): Hono {
  const app = new Hono();
  app.get(BRING, async (c) => {
    const pending = await findChoice(c);
    return pending ? showChoice(c, pending) : fail(c, "expired");
  });
  app.post(BRING, async (c) => {
    const { way, password } = await fields(c, "way", "password");
    const pending = await findChoice(c);
    if (!pending) return fail(c, "expired");
    try {
      const isAlong = way === "along";
      const response = await (pending.taken === "identity_taken"
        ? signIn(c, pending, isAlong)
        : way === "mailbox"
          ? takeBack(c, pending)
          : prove(c, pending, isAlong, password));
      pendingChoices.take(c);
      return response;
    } catch (error) {
      return showChoice(c, pending, problemOf(error));
    }
  });

  async function showChoice(c: Context, { identity, taken }: PendingChoice, problem?: Problem): Promise<Response> {
    const visitor = await auth();
    const { email = "", subject } = identity;
    const page =
      taken === "email_taken"
        ? provePage(visitor, email, label, problem)
        : bringPage(visitor, email || subject, problem);
    return c.html(page, problem?.status ?? 200);
  }

  return app;
}

/** The pending choice of this browser, unless its account has changed since: using it signs in. */
async function findChoice(c: Context): Promise<PendingChoice | null> {
  const pending = pendingChoices.get(c);
  return pending && pending.startedBy === (await auth())?.record.id ? pending : null;
}

/** The identity is linked to the account, which is proof enough. */
async function signIn(c: Context, { identity }: PendingChoice, isAlong: boolean): Promise<Response> {
  const guest = await auth();
  const account = await signInWithIdentity(identity);
  if (!account) return fail(c, "expired");
  const { merged } = await mergeGuest(isAlong ? guest : null, account);
  return succeed(c, merged ? "together" : "back");
}

/**
 * The provider vouches for the email of an account whose password the visitor does not know: they forgot it, or someone else
 * registered their email. If its email was never verified, the account becomes theirs, and its earlier sessions end.
 */
async function takeBack(c: Context, { identity }: PendingChoice): Promise<Response> {
  const guest = await auth();
  const account = await signInWithIdentity(identity);
  if (!account) return fail(c, "password_only");
  const { merged } = await mergeGuest(guest, account);
  return succeed(c, merged ? "together" : "back");
}

/** The provider vouches for the email. The password proves that the account is theirs. */
async function prove(c: Context, { identity }: PendingChoice, isTheirs: boolean, password: string): Promise<Response> {
  if (!isTheirs) {
    const guest = await auth();
    await signInAnonymously();
    await convertWithIdentity({ ...identity, emailVerified: false });
    return succeed(c, guest ? "kept" : "new");
  }
  const { merged } = await signInAndMerge(identity.email ?? "", password);
  const account = await auth();
  if (account) await anon.link(account.token, identity);
  return succeed(c, merged ? "together" : "linked");
}
