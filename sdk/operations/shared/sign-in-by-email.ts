import type { Account } from "../../account/account.ts";
import { active } from "../../account/activity.ts";
import type { Prover } from "../../account/first-proof.ts";
import { canonicalIdentity, type Identity, withIdentity } from "../../account/identity.ts";
import { toRecord } from "../../account/record.ts";
import { newSession, withSession } from "../../account/sessions.ts";
import type { SignInMethod } from "../../contract/hooks.ts";
import type { Client } from "../../contract/limits.ts";
import type { AuthData } from "../../contract/records.ts";
import type { Engine } from "../../engine.ts";
import { notifySignedIn } from "../../hooks/hooks.ts";
import type { Settings } from "../../settings/collections.ts";
import { readByEmail } from "../../storage/lookup.ts";
import type { StoredAccount } from "../../storage/store.ts";
import { uniqueKey } from "../../storage/uniqueness.ts";
import { authDataOf, checkSignIn } from "./begin-session.ts";
import { proveEmail } from "./prove-email.ts";

interface Proof extends Prover {
  email: string;
  method: SignInMethod;
  /** Linked to the account in the same swap. */
  identity?: Identity;
}

/**
 * Signs in to the registered account that has a proven email unverified. The account keeps its id and its own fields, in
 * case its owner forgot it, and loses everything that a squatter could use to return.
 *
 * @returns `null` when no account has the email unverified
 * @throws {AnonError} `refused`, `identity_taken`, `invalid_identity`, `conflict`
 */
export async function signInByEmail(
  engine: Engine,
  settings: Settings,
  { method, identity, ...prover }: Proof,
  client?: Client,
): Promise<AuthData | null> {
  const { hooks } = engine;
  const find = async (): Promise<StoredAccount | null> => {
    const read = await readByEmail(engine.store, settings.name, prover.email);
    return read && !read.account.anonymous && !read.account.verified ? read : null;
  };
  const found = await find();
  if (!found) return null;
  await checkSignIn(engine, found.account, method, client);
  const now = engine.now();
  const session = newSession(settings, now);
  const unique = identity ? [uniqueKey(settings.name, "identity", canonicalIdentity(identity))] : [];
  const signIn = (proven: Account): Account => {
    const identities = identity ? withIdentity(proven.identities ?? [], identity) : proven.identities;
    const sessions = withSession(proven, session, settings, now);
    return active({ ...proven, ...(identities ? { identities } : {}), sessions }, now);
  };
  const account = await proveEmail(engine, settings, prover, find, "verification", signIn, unique);
  if (!account) return null;
  if (identity) {
    const { provider } = identity;
    await hooks.runAfter("afterLink", () => ({ record: toRecord(account), provider }));
  }
  await notifySignedIn(hooks, account, method, session.id);
  return authDataOf(engine, account, session, now);
}
