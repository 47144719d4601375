import type { Account } from "../account/account.ts";
import { toRecord } from "../account/record.ts";
import { holdCode, releaseCode } from "../codes/code.ts";
import type { Client } from "../contract/limits.ts";
import type { AnonRecord } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { subjectOfAccount, subjectOfIdentity, subjectOfReset } from "../limits/subjects.ts";
import { checkPassword } from "../passwords/rules.ts";
import { limitAttempts } from "./shared/limit-attempts.ts";
import { proveEmail } from "./shared/prove-email.ts";
import { discardCode, invalidCode, requireValidCode } from "./shared/valid-code.ts";
import type { Proof } from "./verify-email.ts";

// many times what a hash takes, including its queue; after a crash the owner's code is valid again this much later
const HOLD_MS = 30_000;

/** After every refusal but `invalid_action_token` the code is valid again. */
export async function resetPassword(
  engine: Engine,
  code: string,
  { collection, signedIn, password: chosen }: Proof & { password: string },
  client?: Client,
): Promise<AnonRecord> {
  const { store, limits } = engine;
  const settings = engine.settings.get(collection);
  checkPassword(chosen);
  const found = await requireValidCode(engine, settings, "passwordReset", code, client);
  const { id } = found.code;
  const attempts = subjectOfReset(settings.name, id);
  // before the costly hash: of many requests with one code one computes it, and the others are refused at once
  const now = engine.now();
  const hold = () => holdCode(store, found.code, now, now + HOLD_MS);
  const counted = { codesPerAddress: client?.address, passwordsPerIdentity: attempts };
  const held = await limitAttempts(engine, counted, hold);
  if (!held) throw invalidCode();
  let changed: Account | null;
  try {
    const password = await engine.hashPassword(chosen);
    const change = (account: Account): Account => ({ ...account, password, sessions: [] });
    changed = await proveEmail(engine, settings, { signedIn }, found.read, "password", change);
  } catch (error) {
    // a code that cannot be released now is valid again after `HOLD_MS`
    await releaseCode(store, held).catch(() => undefined);
    throw error;
  }
  if (!changed) throw invalidCode();
  await discardCode(store, held);
  // wrong guesses at the previous password do not count for the new one
  const { email, username } = changed;
  const subjects = [email, username].map((identity) => subjectOfIdentity(settings.name, identity));
  subjects.push(subjectOfAccount(settings.name, id), attempts);
  await Promise.all(subjects.map((subject) => limits.clear("passwordsPerIdentity", subject)));
  return toRecord(changed);
}
