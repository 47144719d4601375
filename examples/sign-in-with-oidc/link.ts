/** One more way into an account that somebody is signed in to, and one less. */
import { AnonError } from "anon-accounts";
import { auth, exportAccount } from "anon-accounts/context";
import type { IdentityInput } from "anon-accounts/types";
import type { Context } from "hono";
import { fields } from "../shared/forms.ts";
import { anon } from "./accounts.ts";
import { said, wrong } from "./go.ts";

/** @param by The account that this was begun for: in the meantime somebody else may have signed in */
export async function linkTo(c: Context, by: string | undefined, identity: IdentityInput): Promise<Response> {
  const visitor = await auth();
  if (!visitor || visitor.record.anonymous || visitor.record.id !== by) return wrong(c, "other_account");
  const { provider, subject } = identity;
  const { identities } = await exportAccount();
  if (identities.some((one) => one.provider === provider && one.subject === subject)) return said(c, "already");
  try {
    await anon.link(visitor.token, identity);
    return said(c, "linked");
  } catch (error) {
    if (error instanceof AnonError && error.code === "identity_taken") return wrong(c, "linked_elsewhere");
    throw error;
  }
}

export async function unlink(c: Context): Promise<Response> {
  const { provider, subject } = await fields(c, "provider", "subject");
  const visitor = await auth();
  if (!visitor || visitor.record.anonymous) return wrong(c, "other_account");
  const { identities } = await exportAccount();
  if (!identities.some((one) => one.provider === provider && one.subject === subject)) return wrong(c, "changed");
  try {
    await anon.unlink(visitor.token, { provider, subject });
    return said(c, "unlinked");
  } catch (error) {
    if (error instanceof AnonError && error.code === "last_way_in") return wrong(c, "last_way_in");
    throw error;
  }
}
