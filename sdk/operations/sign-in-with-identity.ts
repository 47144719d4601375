import { active } from "../account/activity.ts";
import { acceptedEmail } from "../account/email.ts";
import { canonicalIdentity, checkIdentity } from "../account/identity.ts";
import { newSession, withSession } from "../account/sessions.ts";
import type { IdentityInput } from "../contract/identities.ts";
import type { Client } from "../contract/limits.ts";
import type { AuthData, TokenClaims } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { changeAccount } from "../storage/change.ts";
import { readByIdentity } from "../storage/lookup.ts";
import { checkSignIn, signedIn } from "./shared/begin-session.ts";
import { signInByEmail } from "./shared/sign-in-by-email.ts";

export async function signInWithIdentity(
  engine: Engine,
  input: IdentityInput,
  options: { collection?: string; signedIn?: readonly TokenClaims[] } = {},
  client?: Client,
): Promise<AuthData | null> {
  const { store } = engine;
  const settings = engine.settings.get(options.collection);
  const now = engine.now();
  const identity = checkIdentity(input, now);
  const find = () => readByIdentity(store, settings.name, identity);
  let found = await find();
  if (!found && identity.emailVerified) {
    const email = acceptedEmail(identity.email as string, settings.guestEmailDomain);
    if (email === null) return null;
    const proof = { email, identity, signedIn: options.signedIn, method: "identity" } as const;
    const done = await signInByEmail(engine, settings, proof, client);
    if (done) return done;
    // a callback that was sent twice may have linked it meanwhile
    found = await find();
  }
  if (!found) return null;
  await checkSignIn(engine, found.account, "identity", client);
  const session = newSession(settings, now);
  const same = canonicalIdentity(identity);
  const changed = await changeAccount(
    engine,
    () => store.readAccount(settings.name, found.account.id),
    (present) => {
      // it may have been unlinked meanwhile
      if (!present.identities?.some((one) => canonicalIdentity(one) === same)) return null;
      return active({ ...present, sessions: withSession(present, session, settings, now) }, now);
    },
  );
  if (!changed?.written) return null;
  return signedIn(engine, changed, "identity", session, now);
}
