/** Links an identity to the account that is signed in, and unlinks one. */
import { AnonError } from "anon-accounts";
import { auth, exportAccount } from "anon-accounts/context";
import type { IdentityInput } from "anon-accounts/types";
import type { Context } from "hono";
import { fields } from "../shared/forms.ts";
import { anon } from "./accounts.ts";
import { fail, succeed } from "./results.ts";

/** @param startedBy The account that started it: another one may have signed in since */
export async function linkTo(c: Context, startedBy: string | undefined, identity: IdentityInput): Promise<Response> {
  const visitor = await auth();
  if (!visitor || visitor.record.anonymous || visitor.record.id !== startedBy) return fail(c, "other_account");
  const { provider, subject } = identity;
  const { identities } = await exportAccount();
  if (identities.some((one) => one.provider === provider && one.subject === subject)) return succeed(c, "already");
  try {
    await anon.link(visitor.token, identity);
    return succeed(c, "linked");
  } catch (error) {
    if (error instanceof AnonError && error.code === "identity_taken") return fail(c, "linked_elsewhere");
    throw error;
  }
}

export async function unlink(c: Context): Promise<Response> {
  const { provider, subject } = await fields(c, "provider", "subject");
  const visitor = await auth();
  if (!visitor || visitor.record.anonymous) return fail(c, "other_account");
  const { identities } = await exportAccount();
  if (!identities.some((one) => one.provider === provider && one.subject === subject)) return fail(c, "changed");
  try {
    await anon.unlink(visitor.token, { provider, subject });
    return succeed(c, "unlinked");
  } catch (error) {
    if (error instanceof AnonError && error.code === "last_way_in") return fail(c, "last_way_in");
    throw error;
  }
}
