import { active } from "../account/activity.ts";
import { canonicalEmail } from "../account/email.ts";
import { endOf } from "../account/lifetime.ts";
import { isExpiredGuest, newSession, withSession } from "../account/sessions.ts";
import type { Client } from "../contract/limits.ts";
import type { AuthData } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { subjectOfIdentity } from "../limits/subjects.ts";
import { isRandomPassword } from "../passwords/hash.ts";
import { isTooLong } from "../passwords/rules.ts";
import { changeAccount } from "../storage/change.ts";
import { readByEmail, readByUsername } from "../storage/lookup.ts";
import { checkSignIn, signedIn } from "./shared/begin-session.ts";
import { limitAttempts } from "./shared/limit-attempts.ts";

/** Refuses after the same time for an unknown identity and for a wrong password of a guest or a registered account. */
export async function signInWithPassword(
  engine: Engine,
  identity: string,
  password: string,
  options: { collection?: string } = {},
  client?: Client,
): Promise<AuthData> {
  const { store } = engine;
  const settings = engine.settings.get(options.collection);
  if (typeof identity !== "string" || typeof password !== "string" || isTooLong(password)) throw refused();
  // no username is an email; looking for an @ would miss the full-width one, which emails may be typed with
  const readByIdentity = canonicalEmail(identity) === null ? readByUsername : readByEmail;
  const found = await readByIdentity(store, settings.name, identity);
  const stored = found?.account.password ?? null;
  const counted = {
    passwordsPerAddress: client?.address,
    passwordsPerIdentity: subjectOfIdentity(settings.name, identity),
  };
  // wrong passwords of guests count, or their names would be those that are never refused with `rate_limited`; a right one
  // cannot be guessed, so nothing keeps its owner out
  const isRight =
    isRandomPassword(stored, password) ||
    (await limitAttempts(engine, counted, () => engine.verifyPassword(stored, password)));
  if (!isRight || !found || isExpiredGuest(found.account, settings, engine.now())) throw refused();
  await checkSignIn(engine, found.account, "password", client);

  const now = engine.now();
  let session = newSession(settings, now);
  const changed = await changeAccount(
    engine,
    () => store.readAccount(settings.name, found.account.id),
    (present) => {
      // the password may have been changed while the old one was being verified
      if (present.password !== stored || isExpiredGuest(present, settings, now)) throw refused();
      session = newSession(settings, now, endOf(present, settings), session.id);
      return active({ ...present, sessions: withSession(present, session, settings, now) }, now);
    },
  );
  if (!changed) throw refused();
  return signedIn(engine, changed, "password", session, now);
}

function refused(): AnonError {
  return new AnonError("invalid_credentials", "Cannot sign in: no account has this identity and password");
}
