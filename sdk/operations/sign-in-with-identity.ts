import type { Engine } from "../engine.ts";
import { tellEnded, tellSignedIn } from "../hooks/tell.ts";
import type { Client } from "../limits/types.ts";
import { canonicalIdentity, checkIdentity, type IdentityInput } from "../model/identity.ts";
import { toRecord } from "../model/record.ts";
import { active, dueOf } from "../policy/activity.ts";
import { issueToken } from "../policy/issue-token.ts";
import { newSession, withSession } from "../policy/sessions.ts";
import { changeAccount } from "../storage/change.ts";
import { readByIdentity } from "../storage/lookup.ts";
import type { AuthData } from "../types.ts";

/**
 * Signs in whoever the application has found out by another service to be that. `null` when no account has the identity.
 *
 * @throws {AnonError} `invalid_identity`, `refused`
 */
export async function signInWithIdentity(
  engine: Engine,
  input: IdentityInput,
  options: { collection?: string } = {},
  client?: Client,
): Promise<AuthData | null> {
  const { store, happenings } = engine;
  const settings = engine.settings.of(options.collection);
  const now = engine.now();
  const identity = checkIdentity(input, now);
  const found = await readByIdentity(store, settings.name, identity);
  if (!found) return null;
  if (happenings.has("beforeSignIn")) {
    const attempt = () => ({ record: toRecord(found.account), method: "identity", request: client?.request }) as const;
    await happenings.ask("beforeSignIn", attempt, "refused");
  }
  const session = newSession(settings, now);
  const same = canonicalIdentity(identity);
  let before = found.account;
  let unlinked = false;
  const account = await changeAccount(
    store,
    () => store.readAccount(settings.name, found.account.id),
    (present) => {
      unlinked = !present.identities?.some((one) => canonicalIdentity(one) === same);
      if (unlinked) return null;
      before = present;
      return active({ ...present, sessions: withSession(present, session, settings, now) }, now);
    },
    (next) => dueOf(next, settings),
  );
  if (!account || unlinked) return null;
  await tellSignedIn(happenings, account, "identity", session.id);
  await tellEnded(happenings, before, account, "limit", now);
  return { token: issueToken(engine.keyring, account, session, now), record: toRecord(account) };
}
