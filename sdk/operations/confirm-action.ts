import type { Account } from "../account/account.ts";
import { canonicalEmail, checkEmail } from "../account/email.ts";
import { fingerprint } from "../account/fingerprint.ts";
import { type Action, type ActionClaims, readAction } from "../codes/action-token.ts";
import { reserveToken, useCode } from "../codes/code.ts";
import type { Client } from "../contract/limits.ts";
import type { TokenClaims } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { subjectOfAccount, subjectOfIdentity, subjectOfReset } from "../limits/subjects.ts";
import { checkPassword, isTooLong } from "../passwords/rules.ts";
import type { Settings } from "../settings/collections.ts";
import type { StoredAccount } from "../storage/store.ts";
import { uniqueKey } from "../storage/uniqueness.ts";
import { guess } from "./shared/limit-attempts.ts";
import { proveEmail } from "./shared/prove-email.ts";

// many times what a hash takes with all that may wait before it; after a crash the owner's token is good again then
const RESET_MS = 30_000;

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
 * of it: see account/handover.ts.
 *
 * @throws {AnonError} `invalid_action_token` when it is expired, used or not ours; `weak_password`,
 * `invalid_credentials` for a wrong password, `email_taken`, `rate_limited`, `overloaded`
 */
export async function confirmAction(engine: Engine, type: Action, input: ActionInput, client?: Client): Promise<void> {
  const { signedIn } = input;
  const settings = engine.settings.of(input.collection);
  const claims = readAction(engine.keyring, type, input.token, engine.now());
  if (!claims || claims.collectionId !== settings.name) throw dead();
  const find = async (): Promise<StoredAccount | null> => {
    const present = await engine.store.readAccount(settings.name, claims.id);
    const isGood = present && !present.account.anonymous && fingerprint(present.account) === claims.key;
    return isGood ? present : null;
  };
  const read = async (): Promise<StoredAccount> => (await find()) ?? raise(dead());
  if (type === "emailChange") return changeEmail(engine, settings, claims, input, read, client);
  if (type === "passwordReset") return resetPassword(engine, settings, claims, input, find, client);
  // it was mailed to the account's own email
  await proveEmail(engine, settings, { signedIn }, read, "verification", (account) => account);
}

async function resetPassword(
  engine: Engine,
  settings: Settings,
  { id: accountId, key }: ActionClaims,
  { password: chosen = "", signedIn }: ActionInput,
  find: () => Promise<StoredAccount | null>,
  client: Client | undefined,
): Promise<void> {
  checkPassword(chosen);
  const attempts = subjectOfReset(settings.name, accountId);
  const counted = { codesPerAddress: client?.address, passwordsPerIdentity: attempts };
  // before the costly hash, so that of many requests with one token one computes it and the others are refused at once
  const reserved = await guess(engine, counted, async () => {
    if (!(await find())) return null;
    const at = engine.now();
    const reservation = { purpose: "passwordReset", id: accountId, at, expires: at + RESET_MS, payload: { key } };
    return await reserveToken(engine.store, settings.name, reservation);
  });
  if (!reserved) throw dead();
  let changed: Account | null;
  try {
    const password = await engine.hashPassword(chosen);
    // it was mailed to the account's own email
    changed = await proveEmail(engine, settings, { signedIn }, find, "password", (account) => ({
      ...account,
      password,
      sessions: [],
    }));
  } finally {
    // done, the account's fingerprint is another one and the token is worth nothing; refused, it is good again
    await useCode(engine.store, reserved).catch(() => false);
  }
  if (!changed) throw dead();
  // wrong guesses at the previous password do not count for the new one
  const { email, username, id } = changed;
  const subjects = [email, username].map((identity) => subjectOfIdentity(settings.name, identity));
  subjects.push(subjectOfAccount(settings.name, id), attempts);
  await Promise.all(subjects.map((subject) => engine.limits.clear("passwordsPerIdentity", subject)));
}

async function changeEmail(
  engine: Engine,
  settings: Settings,
  { newEmail = "" }: ActionClaims,
  { password, signedIn }: ActionInput,
  read: () => Promise<StoredAccount>,
  client: Client | undefined,
): Promise<void> {
  const email = checkEmail(newEmail, settings.guestEmailDomain);
  const unique = [uniqueKey(settings.name, "email", canonicalEmail(email) as string)];
  const { account } = await read();
  const wrong = (): AnonError => new AnonError("invalid_credentials", "Cannot change the email: the password is wrong");
  if (typeof password !== "string" || isTooLong(password)) throw wrong();
  const counted = {
    passwordsPerAddress: client?.address,
    passwordsPerIdentity: subjectOfAccount(settings.name, account.id),
  };
  const isRight = await guess(engine, counted, () => engine.verifyPassword(account.password, password));
  if (!isRight) throw wrong();
  // with another salt, so that what was mailed before is worth nothing even when the email is changed back
  const rehashed = await engine.hashPassword(password);
  const change = (account: Account): Account => ({ ...account, password: rehashed, sessions: [] });
  await proveEmail(engine, settings, { email, signedIn }, read, "email", change, unique);
}

function raise(error: AnonError): never {
  throw error;
}

function dead(): AnonError {
  return new AnonError("invalid_action_token", "Cannot use this token: it is expired, used already or not ours");
}
