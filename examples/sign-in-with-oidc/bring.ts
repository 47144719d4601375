/** Whoever came back from the provider has an account already: asks what becomes of the guest. */

import { auth, convertWithIdentity, signInAnonymously, signInWithIdentity } from "anon-accounts/context";
import type { IdentityInput } from "anon-accounts/types";
import { type Context, Hono } from "hono";
import { fields } from "../shared/forms.ts";
import { mergeGuest, signInAndMerge } from "../shared/sign-in.ts";
import { anon } from "./accounts.ts";
import { BrowserBound } from "./browser-bound.ts";
import { said, wrong } from "./go.ts";
import { type Problem, problemOf } from "./messages.ts";
import type { Provider } from "./providers.ts";
import { bringPage, provePage } from "./sign-in-pages.ts";

export const BRING = "/bring";

/** What the provider has just said, and what of it another account has. */
interface Found {
  identity: IdentityInput;
  taken: "identity_taken" | "email_taken";
  /** Which guest it was said for, if it was one. */
  by: string | undefined;
}

export const found: BrowserBound<Found> = new BrowserBound("found");

export function bringOf({ label }: Provider): Hono {
  const app = new Hono();
  app.get(BRING, async (c) => {
    const one = await lookForThem(c);
    return one ? asked(c, one) : wrong(c, "over");
  });
  app.post(BRING, async (c) => {
    const { way, password } = await fields(c, "way", "password");
    const one = await lookForThem(c);
    if (!one) return wrong(c, "over");
    try {
      const isAlong = way === "along";
      const response = await (one.taken === "identity_taken"
        ? signIn(c, one, isAlong)
        : way === "mailbox"
          ? takeBack(c, one)
          : prove(c, one, isAlong, password));
      found.take(c);
      return response;
    } catch (error) {
      return asked(c, one, problemOf(error));
    }
  });

  async function asked(c: Context, { identity, taken }: Found, problem?: Problem): Promise<Response> {
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

/** What was found, if who is here now is whom it was found for: it signs whoever uses it in. */
async function lookForThem(c: Context): Promise<Found | null> {
  const one = found.look(c);
  return one && one.by === (await auth())?.record.id ? one : null;
}

/** The provider has proved the account already. */
async function signIn(c: Context, { identity }: Found, isAlong: boolean): Promise<Response> {
  const guest = await auth();
  const account = await signInWithIdentity(identity);
  if (!account) return wrong(c, "over");
  const { merged } = await mergeGuest(isAlong ? guest : null, account);
  return said(c, merged ? "together" : "back");
}

/**
 * The provider vouches for the email of an account whose password they do not know: a forgotten one, or a squatter's. It is
 * theirs if its email was never verified, and the person who registered it is out.
 */
async function takeBack(c: Context, { identity }: Found): Promise<Response> {
  const guest = await auth();
  const account = await signInWithIdentity(identity);
  if (!account) return wrong(c, "password_only");
  const { merged } = await mergeGuest(guest, account);
  return said(c, merged ? "together" : "back");
}

/** The provider has proved the email; that the account is theirs proves its password. */
async function prove(c: Context, { identity }: Found, isTheirs: boolean, password: string): Promise<Response> {
  if (!isTheirs) {
    const guest = await auth();
    await signInAnonymously();
    await convertWithIdentity({ ...identity, emailVerified: false });
    return said(c, guest ? "kept" : "new");
  }
  const { merged } = await signInAndMerge(identity.email ?? "", password);
  const account = await auth();
  if (account) await anon.link(account.token, identity);
  return said(c, merged ? "together" : "linked");
}
