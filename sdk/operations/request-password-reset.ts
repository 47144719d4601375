import type { Client } from "../contract/limits.ts";
import type { Engine } from "../engine.ts";
import { readByEmail } from "../storage/lookup.ts";
import { limitMails, type MakeMail, mailOf } from "./shared/mail-code.ts";

/**
 * What makes the mail with which the owner of an email sets a new password; `null` when no registered account has the email
 * or its domain receives no mail. The requester must not learn which.
 *
 * @throws {AnonError} `rate_limited`, `unknown_collection`
 */
export async function requestPasswordReset(
  engine: Engine,
  email: string,
  options: { collection?: string } = {},
  client?: Client,
): Promise<MakeMail | null> {
  const settings = engine.settings.get(options.collection);
  await limitMails(engine, "passwordReset", email, client);
  const account = (await readByEmail(engine.store, settings.name, email))?.account;
  if (!account || account.anonymous) return null;
  return mailOf(engine, "passwordReset", account, account.email);
}
