import { checkEmail } from "../account/email.ts";
import type { Client } from "../contract/limits.ts";
import type { Engine } from "../engine.ts";
import { readByEmail } from "../storage/lookup.ts";
import { limitMails, type MakeMail, mailOf } from "./shared/mail-code.ts";
import { resolveTarget } from "./shared/resolve-target.ts";

/** `null` also for a guest, which converts instead. The requester must not learn whether an account has the email. */
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
