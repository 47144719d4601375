import type { Client } from "../contract/limits.ts";
import type { Engine } from "../engine.ts";
import { readByEmail } from "../storage/lookup.ts";
import { limitMails, type MakeMail, mailOf } from "./shared/mail-code.ts";

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
