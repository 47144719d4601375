import { type Action, type ActionClaims, fingerprint, readAction } from "../crypto/action-token.ts";
import { verifyPassword } from "../crypto/password.ts";
import { claimContext, type Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { subjectOfAccount, subjectOfIdentity } from "../limits/subjects.ts";
import type { Client } from "../limits/types.ts";
import { canonicalEmail, checkEmail } from "../model/email.ts";
import { checkPassword, isTooLong } from "../model/password-rules.ts";
import type { Settings } from "../policy/settings.ts";
import { keyOfClaim } from "../storage/claims.ts";
import type { Read } from "../storage/store.ts";
import { withClaims } from "../storage/with-claims.ts";
import type { TokenClaims } from "../types.ts";
import { guess } from "./guess.ts";
import { proveEmail } from "./prove-email.ts";

/** What comes with a token: a password for the reset (the new one) and for the change of email (the present one). */
export interface ActionInput {
  collection: string;
  token: string;
  password?: string;
  /** What the tokens say that came with it. */
  signedIn?: readonly TokenClaims[];
}

/**
 * Does what a mailed token is for, once: verifies the email, sets a new password, or changes the email. The last two end
 * every session. The first proof of an unverified email hands the account over, unless a token of `signedIn` is a session
 * of it: see policy/handover.ts.
 *
 * @throws {AnonError} `invalid_action_token` when it is expired, used or not ours; `weak_password`,
 * `invalid_credentials` for a wrong password, `email_taken`, `rate_limited`
 */
export async function confirmAction(engine: Engine, type: Action, input: ActionInput, client?: Client): Promise<void> {
  const { signedIn } = input;
  const settings = engine.settings.of(input.collection);
  const claims = readAction(engine.keyring, type, input.token, engine.now());
  if (!claims || claims.collectionId !== settings.name) throw dead();
  const read = async (): Promise<Read> => {
    const present = await engine.store.readAccount(settings.name, claims.id);
    if (!present || present.account.anonymous || fingerprint(present.account) !== claims.key) throw dead();
    return present;
  };
  if (type === "emailChange") return changeEmail(engine, settings, claims, input, read, client);
  let password: string | undefined;
  if (type === "passwordReset") {
    checkPassword(input.password as string);
    await read();
    password = await engine.hashPassword(input.password as string);
  }
  const isReset = password !== undefined;
  // both were mailed to the account's own email
  const changed = await proveEmail(
    engine,
    settings,
    { signedIn },
    read,
    isReset ? "password" : "verification",
    (account) => (isReset ? { ...account, password: password as string, sessions: [] } : account),
  );
  if (!isReset || !changed) return;
  // wrong guesses at the previous password do not count for the new one
  const { email, username, id } = changed;
  const subjects = [email, username].map((identity) => subjectOfIdentity(settings.name, identity));
  subjects.push(subjectOfAccount(settings.name, id));
  await Promise.all(subjects.map((subject) => engine.limits.clear("passwordsPerIdentity", subject)));
}

async function changeEmail(
  engine: Engine,
  settings: Settings,
  { newEmail = "" }: ActionClaims,
  { password, signedIn }: ActionInput,
  read: () => Promise<Read>,
  client: Client | undefined,
): Promise<void> {
  const email = checkEmail(newEmail, settings.guestEmailDomain);
  const wanted = keyOfClaim(settings.name, "email", canonicalEmail(email) as string);
  const { account } = await read();
  const wrong = (): AnonError => new AnonError("invalid_credentials", "Cannot change the email: the password is wrong");
  if (typeof password !== "string" || isTooLong(password)) throw wrong();
  const counted = {
    passwordsPerAddress: client?.address,
    passwordsPerIdentity: subjectOfAccount(settings.name, account.id),
  };
  const isRight = await guess(engine, counted, () => verifyPassword(account.password, password));
  if (!isRight) throw wrong();
  // with another salt, so that what was mailed before is worth nothing even when the email is changed back
  const rehashed = await engine.hashPassword(password);
  await withClaims(
    () => claimContext(engine),
    settings.name,
    [{ key: wanted, what: "email" }],
    (claim) =>
      proveEmail(engine, settings, { email, signedIn }, read, "email", async (account) => {
        await claim(account.id);
        return { ...account, password: rehashed, sessions: [] };
      }),
  );
}

function dead(): AnonError {
  return new AnonError("invalid_action_token", "Cannot use this token: it is expired, used already or not ours");
}
