import { checkEmail } from "../account/email.ts";
import type { Client } from "../contract/limits.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { readByEmail } from "../storage/lookup.ts";
import { limitMails, type MakeMail, mailOf } from "./shared/mail-code.ts";
import { resolveToken } from "./shared/resolve-target.ts";

/** The requester must not learn whether an account has the email, so the code is made only when the mail is. */
export async function requestConversion(
  engine: Engine,
  token: string,
  input: { email: string },
  client?: Client,
): Promise<MakeMail | null> {
  const { settings, sid, read } = resolveToken(engine, token, "convert");
  const email = checkEmail(input?.email, settings.guestEmailDomain);
  const { account } = await read();
  if (!account.anonymous) {
    throw new AnonError("already_registered", "Cannot convert this account: it is registered already");
  }
  await limitMails(engine, "conversion", email, client);
  const owner = await readByEmail(engine.store, settings.name, email);
  if (owner?.account.verified) return null;
  return mailOf(engine, "conversion", account, email, { sid, email });
}
