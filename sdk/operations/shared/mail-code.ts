/** Mailed codes: their limits, and the mail. */
import type { Account } from "../../account/account.ts";
import { receivesNoMail } from "../../account/email.ts";
import { toRecord } from "../../account/record.ts";
import { bindingOf, type CodeBinding, createCode } from "../../codes/code.ts";
import { CODE_LIFETIME } from "../../codes/lifetime.ts";
import { mailedToken } from "../../codes/mailed-token.ts";
import { shownCode } from "../../codes/spelling.ts";
import type { Client } from "../../contract/limits.ts";
import type { Mail } from "../../contract/records.ts";
import type { Engine } from "../../engine.ts";
import { subjectOfRecipient } from "../../limits/subjects.ts";

/** Makes a mail and its code. Called when it is sent, so that the time of a response does not reveal if there is one. */
export type MakeMail = () => Promise<Mail>;

/**
 * Counts a mail, also if there is none to send: a limit must not reveal whether an account has the email.
 *
 * @throws {AnonError} `rate_limited`
 */
export async function limitMails({ limits }: Engine, type: Mail["type"], to: string, client?: Client): Promise<void> {
  await limits.take("mailsPerAddress", client?.address);
  try {
    await limits.take("mailsPerRecipient", subjectOfRecipient(type, to));
  } catch (error) {
    await limits.giveBack("mailsPerAddress", client?.address);
    throw error;
  }
}

/** The mail with a code for an account; `null` for an address that receives no mail. */
export function mailOf(
  engine: Engine,
  type: Mail["type"],
  account: Account,
  to: string,
  binding: Omit<CodeBinding, "key"> = {},
): MakeMail | null {
  if (receivesNoMail(to)) return null;
  const { collection, id } = account;
  return async () => {
    const at = engine.now();
    const expires = at + CODE_LIFETIME[type];
    const payload = bindingOf(account, binding);
    const code = await createCode(engine.store, collection, { purpose: type, id, at, expires, payload });
    // a conversion is confirmed on the page that asked for it, everything else by a link
    const token = type === "conversion" ? shownCode(code) : mailedToken(type, account, code);
    return { type, to, token, record: toRecord(account) };
  };
}
