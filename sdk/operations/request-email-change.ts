import { checkEmail } from "../account/email.ts";
import type { Client } from "../contract/limits.ts";
import type { Engine } from "../engine.ts";
import { readByEmail } from "../storage/lookup.ts";
import { limitMails, type MakeMail, mailOf } from "./shared/mail-code.ts";
import { resolveTarget } from "./shared/resolve-target.ts";

/**
 * What makes the mail to a new address, with which the account of the token gets it as its email; `null` when another account
 * has that address, its domain receives no mail, or the account is a guest. The requester must not learn which.
 *
 * @throws {AnonError} `invalid_token`, `invalid_email`, `reserved_email`, `rate_limited`
 */
export async function requestEmailChange(
  engine: Engine,
  token: string,
  input: { email: string },
  client?: Client,
): Promise<MakeMail | null> {
  // a reference is no proof
  const { settings, read } = resolveTarget(engine, typeof token === "string" ? token : "", "change the email");
  const email = checkEmail(input?.email, settings.guestEmailDomain);
  await limitMails(engine, "emailChange", email, client);
  const [owner, present] = await Promise.all([readByEmail(engine.store, settings.name, email), read()]);
  if (owner || !present || present.account.anonymous) return null;
  return mailOf(engine, "emailChange", present.account, email, { email });
}
