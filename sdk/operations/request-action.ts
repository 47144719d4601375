import type { Account } from "../account/account.ts";
import { checkEmail, receivesNoMail } from "../account/email.ts";
import { fingerprint } from "../account/fingerprint.ts";
import { toRecord } from "../account/record.ts";
import { type Action, signAction } from "../codes/action-token.ts";
import type { Client } from "../contract/limits.ts";
import type { Mail } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { subjectOfRecipient } from "../limits/subjects.ts";
import { readByEmail } from "../storage/lookup.ts";

const MINUTE = 60_000;

/** How long tokens are good, in milliseconds. */
const LIFE: Readonly<Record<Action, number>> = {
  verification: 7 * 24 * 60 * MINUTE,
  passwordReset: 30 * MINUTE,
  emailChange: 30 * MINUTE,
};

/** What is asked for: for an email, or for an account by one that it wants to have. */
export type ActionRequest =
  | { type: "verification" | "passwordReset"; collection: string; email: string }
  | { type: "emailChange"; collection: string; id: string; newEmail: string };

/**
 * What makes the mail to send, or `null` when there is nothing to do: nobody registered has the email, it is verified
 * already, somebody has the new one, or its domain is reserved and receives none. Whoever asks is not told which: neither
 * by what is answered nor, as the mail is made afterwards, by how long that takes.
 *
 * @throws {AnonError} `invalid_email` or `reserved_email` for a new email; `rate_limited`
 */
export async function requestAction(
  engine: Engine,
  request: ActionRequest,
  client?: Client,
): Promise<(() => Mail) | null> {
  const { store, limits } = engine;
  const settings = engine.settings.of(request.collection);
  if (request.type === "emailChange") {
    const newEmail = checkEmail(request.newEmail, settings.guestEmailDomain);
    await limitTo(newEmail);
    const [owner, read] = await Promise.all([
      readByEmail(store, settings.name, newEmail),
      store.readAccount(settings.name, request.id),
    ]);
    if (owner || !read || read.account.anonymous || receivesNoMail(newEmail)) return null;
    return () => mail(engine, request.type, read.account, newEmail);
  }
  await limitTo(request.email);
  const read = await readByEmail(store, settings.name, request.email);
  if (!read || read.account.anonymous || receivesNoMail(read.account.email)) return null;
  if (request.type === "verification" && read.account.verified) return null;
  return () => mail(engine, request.type, read.account);

  /** Whether there is a mail to send or not: that must not be told by what is limited. */
  async function limitTo(email: string): Promise<void> {
    await limits.take("mailsPerAddress", client?.address);
    try {
      await limits.take("mailsPerRecipient", subjectOfRecipient(request.type, email));
    } catch (error) {
      await limits.giveBack("mailsPerAddress", client?.address);
      throw error;
    }
  }
}

function mail(engine: Engine, type: Action, account: Account, newEmail?: string): Mail {
  const token = signAction(engine.keyring, {
    type,
    id: account.id,
    collectionId: account.collection,
    key: fingerprint(account),
    ...(newEmail === undefined ? {} : { newEmail }),
    exp: Math.floor((engine.now() + LIFE[type]) / 1_000),
  });
  return { type, to: newEmail ?? account.email, token, record: toRecord(account) };
}
