import { checkEmail, receivesNoMail } from "../account/email.ts";
import { fingerprint } from "../account/fingerprint.ts";
import { toRecord } from "../account/record.ts";
import { createCode } from "../codes/code.ts";
import { CONVERSION, type Conversion } from "../codes/conversion.ts";
import { shownCode } from "../codes/spelling.ts";
import type { Client } from "../contract/limits.ts";
import type { Mail } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { subjectOfRecipient } from "../limits/subjects.ts";
import { readByEmail } from "../storage/lookup.ts";
import { resolveTarget } from "./shared/resolve-target.ts";

const LIFE_MS = 30 * 60_000;

/**
 * What makes the mail with the code that converts a guest without a password, or signs in to the account that holds the
 * email unverified; `null` for an email that another account has verified, or whose domain receives no mail. Nothing
 * about the guest changes. The caller of the HTTP API must not learn which it is, so the code is made when the mail is.
 *
 * @throws {AnonError} `invalid_token`, `already_registered`, `invalid_email`, `reserved_email`, `rate_limited`
 */
export async function requestConversion(
  engine: Engine,
  token: string,
  input: { email: string },
  client?: Client,
): Promise<(() => Promise<Mail>) | null> {
  const { limits, store } = engine;
  // a reference is no proof
  const { settings, sid, read } = resolveTarget(engine, String(token), "convert");
  const email = checkEmail(input?.email, settings.guestEmailDomain);
  const { account } = (await read()) as NonNullable<Awaited<ReturnType<typeof read>>>;
  if (!account.anonymous) {
    throw new AnonError("already_registered", "Cannot convert this account: it is registered already");
  }
  await limits.take("mailsPerAddress", client?.address);
  try {
    await limits.take("mailsPerRecipient", subjectOfRecipient("conversion", email));
  } catch (error) {
    await limits.giveBack("mailsPerAddress", client?.address);
    throw error;
  }
  const owner = await readByEmail(store, settings.name, email);
  if (owner?.account.verified || receivesNoMail(email)) return null;
  return async () => {
    const at = engine.now();
    const payload: Conversion = { email, sid: sid as string, key: fingerprint(account) };
    const made = { purpose: CONVERSION, id: account.id, at, expires: at + LIFE_MS, payload };
    const code = await createCode(store, settings.name, made);
    return { type: "conversion", to: email, token: shownCode(code), record: toRecord(account) };
  };
}
