import { active } from "../account/activity.ts";
import { acceptedEmail } from "../account/email.ts";
import { canonicalIdentity, checkIdentity } from "../account/identity.ts";
import { toRecord } from "../account/record.ts";
import { newSession, withSession } from "../account/sessions.ts";
import type { IdentityInput } from "../contract/identities.ts";
import type { Client } from "../contract/limits.ts";
import type { AuthData, TokenClaims } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { notifyEnded, notifySignedIn } from "../hooks/notify.ts";
import { changeAccount } from "../storage/change.ts";
import { readByIdentity } from "../storage/lookup.ts";
import { issueToken } from "../tokens/issue.ts";
import { signInByEmail } from "./shared/sign-in-by-email.ts";

/**
 * Signs in to the account that has an outside identity, which the application verified. Without one, an email that the
 * service vouches for is a proof of it: the account that holds it unverified gets the identity, and is handed over. `null`
 * when there is neither.
 *
 * @throws {AnonError} `invalid_identity`, `refused`, `identity_taken`, `conflict`
 */
export async function signInWithIdentity(
  engine: Engine,
  input: IdentityInput,
  options: { collection?: string; signedIn?: readonly TokenClaims[] } = {},
  client?: Client,
): Promise<AuthData | null> {
  const { store, hooks } = engine;
  const settings = engine.settings.get(options.collection);
  const now = engine.now();
  const identity = checkIdentity(input, now);
  const find = () => readByIdentity(store, settings.name, identity);
  let found = await find();
  if (!found && identity.emailVerified) {
    const email = acceptedEmail(identity.email as string, settings.guestEmailDomain);
    if (email === null) return null;
    const { signedIn } = options;
    const done = await signInByEmail(engine, settings, { email, identity, signedIn, method: "identity" }, client);
    if (done) return done;
    // a callback that was sent twice may have linked it meanwhile
    found = await find();
  }
  if (!found) return null;
  if (hooks.has("beforeSignIn")) {
    const attempt = () => ({ record: toRecord(found.account), method: "identity", request: client?.request }) as const;
    await hooks.runBefore("beforeSignIn", attempt, "refused");
  }
  const session = newSession(settings, now);
  const same = canonicalIdentity(identity);
  const signedIn = await changeAccount(
    engine,
    () => store.readAccount(settings.name, found.account.id),
    (present) => {
      // it may have been unlinked meanwhile
      if (!present.identities?.some((one) => canonicalIdentity(one) === same)) return null;
      return active({ ...present, sessions: withSession(present, session, settings, now) }, now);
    },
  );
  if (!signedIn?.written) return null;
  const { before, after: account } = signedIn;
  await notifySignedIn(hooks, account, "identity", session.id);
  await notifyEnded(hooks, before, account, "limit", now);
  return { token: issueToken(engine.keyring, account, session, now), record: toRecord(account) };
}
