import { acceptedEmail } from "../account/email.ts";
import { canonicalIdentity, checkIdentity } from "../account/identity.ts";
import type { IdentityInput } from "../contract/identities.ts";
import type { Client } from "../contract/limits.ts";
import type { AuthData, TokenClaims } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { readByIdentity } from "../storage/lookup.ts";
import { beginSession, checkSignIn } from "./shared/begin-session.ts";
import { signInByEmail } from "./shared/sign-in-by-email.ts";

export async function signInWithIdentity(
  engine: Engine,
  input: IdentityInput,
  options: { collection?: string; signedIn?: readonly TokenClaims[] } = {},
  client?: Client,
): Promise<AuthData | null> {
  const { store } = engine;
  const settings = engine.settings.get(options.collection);
  const identity = checkIdentity(input, engine.now());
  const find = () => readByIdentity(store, settings.name, identity);
  let found = await find();
  if (!found && identity.emailVerified) {
    const email = acceptedEmail(identity.email as string, settings.guestEmailDomain);
    if (email === null) return null;
    const proof = { email, identity, signedIn: options.signedIn, method: "identity" } as const;
    const done = await signInByEmail(engine, settings, proof, client);
    if (done) return done;
    // the same callback, sent twice, may have linked it in the meantime
    found = await find();
  }
  if (!found) return null;
  await checkSignIn(engine, found.account, "identity", client);
  const same = canonicalIdentity(identity);
  return await beginSession(
    engine,
    settings,
    "identity",
    () => store.readAccount(settings.name, found.account.id),
    // the identity may have been unlinked in the meantime
    ({ identities = [] }) => identities.some((one) => canonicalIdentity(one) === same),
  );
}
