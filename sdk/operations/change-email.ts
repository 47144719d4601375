import type { Account } from "../account/account.ts";
import { canonicalEmail, checkEmail } from "../account/email.ts";
import { toRecord } from "../account/record.ts";
import type { Client } from "../contract/limits.ts";
import type { AnonRecord } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { subjectOfAccount } from "../limits/subjects.ts";
import { isTooLong } from "../passwords/rules.ts";
import { uniqueKey } from "../storage/uniqueness.ts";
import { limitAttempts } from "./shared/limit-attempts.ts";
import { proveEmail } from "./shared/prove-email.ts";
import { discardCode, invalidCode, requireValidCode } from "./shared/valid-code.ts";
import type { Proof } from "./verify-email.ts";

/** After every refusal but `invalid_action_token` the code is still valid. */
export async function changeEmail(
  engine: Engine,
  code: string,
  { collection, signedIn, password }: Proof & { password: string },
  client?: Client,
): Promise<AnonRecord> {
  const { store } = engine;
  const settings = engine.settings.get(collection);
  const found = await requireValidCode(engine, settings, "emailChange", code, client);
  const { id } = found.code;
  const email = checkEmail(found.code.payload.email ?? "", settings.guestEmailDomain);
  const unique = [uniqueKey(settings.name, "email", canonicalEmail(email) as string)];
  if (typeof password !== "string" || isTooLong(password)) throw wrongPassword();
  const counted = {
    passwordsPerAddress: client?.address,
    passwordsPerIdentity: subjectOfAccount(settings.name, id),
  };
  const { password: stored } = found.account;
  if (!(await limitAttempts(engine, counted, () => engine.verifyPassword(stored, password)))) throw wrongPassword();
  // with a new salt, so that codes mailed earlier stay invalid even if the email is changed back
  const rehashed = await engine.hashPassword(password);
  const change = (account: Account): Account => ({ ...account, password: rehashed, sessions: [] });
  const changed = await proveEmail(engine, settings, { email, signedIn }, found.read, "email", change, unique);
  if (!changed) throw invalidCode();
  await discardCode(store, found.code);
  return toRecord(changed);
}

function wrongPassword(): AnonError {
  return new AnonError("invalid_credentials", "Cannot change the email: the password is wrong");
}
