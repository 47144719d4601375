import { canonicalEmail } from "../account/email.ts";
import { isExpiredGuest } from "../account/sessions.ts";
import type { Client } from "../contract/limits.ts";
import type { AuthData } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { subjectOfIdentity } from "../limits/subjects.ts";
import { isTooLong } from "../passwords/rules.ts";
import { isRandomPassword, isReplaceable } from "../passwords/verify.ts";
import { readByEmail, readByUsername } from "../storage/lookup.ts";
import { beginSession, checkSignIn } from "./shared/begin-session.ts";
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
  // no username is an email; a search for @ would miss the full-width @, which an email may be typed with
  const readByIdentity = canonicalEmail(identity) === null ? readByUsername : readByEmail;
  const found = await readByIdentity(store, settings.name, identity);
  const stored = found?.account.password ?? null;
  const counted = {
    passwordsPerAddress: client?.address,
    passwordsPerIdentity: subjectOfIdentity(settings.name, identity),
  };
  // a wrong password of a guest counts too, or the missing `rate_limited` would reveal that the name is a guest's; a random
  // password is not limited, because it cannot be guessed and its owner must not be locked out
  const isRight =
    isRandomPassword(stored, password) ||
    (await limitAttempts(engine, counted, () => engine.verifyPassword(stored, password)));
  if (!isRight || !found || isExpiredGuest(found.account, settings, engine.now())) throw refused();
  await checkSignIn(engine, found.account, "password", client);
  const replacement = await replacementOf(engine, stored, password);
  const begun = await beginSession(
    engine,
    settings,
    "password",
    () => store.readAccount(settings.name, found.account.id),
    // the password may have been changed while the old one was being verified
    (present, now) => present.password === stored && !isExpiredGuest(present, settings, now),
    (present) => (replacement === null ? present : { ...present, password: replacement }),
  );
  if (!begun) throw refused();
  return begun;
}

/** The hash that replaces one of another system; `null` for none. Without it the sign-in goes on, and the next one tries again. */
async function replacementOf(engine: Engine, stored: string | null, password: string): Promise<string | null> {
  return isReplaceable(stored, password) ? await engine.hashPassword(password).catch(() => null) : null;
}

function refused(): AnonError {
  return new AnonError("invalid_credentials", "Cannot sign in: no account has this identity and password");
}
