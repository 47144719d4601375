import { checkEmail } from "../account/email.ts";
import type { Client } from "../contract/limits.ts";
import type { Engine } from "../engine.ts";
import { readByEmail } from "../storage/lookup.ts";
import { limitMails, type MakeMail, mailOf } from "./shared/mail-code.ts";
import { resolveToken } from "./shared/resolve-target.ts";

/** `null` also for a guest, which converts instead. The requester must not learn whether an account has the email. */
export async function requestEmailChange(
  engine: Engine,
  token: string,
  input: { email: string },
  client?: Client,
): Promise<MakeMail | null> {
  const { settings, read } = resolveToken(engine, token, "change the email");
  const email = checkEmail(input?.email, settings.guestEmailDomain);
  await limitMails(engine, "emailChange", email, client);
  const [owner, present] = await Promise.all([readByEmail(engine.store, settings.name, email), read()]);
  if (owner || present.account.anonymous) return null;
  return mailOf(engine, "emailChange", present.account, email, { email });
}
