import type { Account } from "../account/account.ts";
import { active } from "../account/activity.ts";
import { endOf } from "../account/lifetime.ts";
import { toRecord } from "../account/record.ts";
import { newSession, withSession } from "../account/sessions.ts";
import { type Peeked, peekCode, useCode } from "../codes/code.ts";
import { isTransferable, TRANSFER, type Transfer } from "../codes/transfer.ts";
import type { Client } from "../contract/limits.ts";
import type { AuthData } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { tellEnded, tellSignedIn } from "../hooks/tell.ts";
import { changeAccount } from "../storage/change.ts";
import { issueToken } from "../tokens/issue.ts";
import { guess } from "./shared/limit-attempts.ts";

/** A code that is good, and whose account it is. */
interface Found {
  code: Peeked<Transfer>;
  account: Account;
}

/**
 * Signs in to the account that made a transfer code, which is then used up: one more session of that account.
 *
 * @throws {AnonError} `invalid_transfer_code`, the same for a wrong, expired or used one; `rate_limited`, `refused`
 */
export async function signInWithTransferCode(
  engine: Engine,
  code: string,
  options: { collection?: string } = {},
  client?: Client,
): Promise<AuthData> {
  const { store, happenings } = engine;
  const settings = engine.settings.of(options.collection);
  const read = async (id: string) => await store.readAccount(settings.name, id);

  async function find(): Promise<Found | null> {
    const peeked = await peekCode<Transfer>(store, settings.name, TRANSFER, code, engine.now());
    const present = peeked && (await read(peeked.id));
    if (!present || !isTransferable(present.account, peeked.payload, settings, engine.now())) return null;
    return { code: peeked, account: present.account };
  }

  const found = await guess(engine, { codesPerAddress: client?.address }, find);
  if (!found) throw refused();
  if (happenings.has("beforeSignIn")) {
    const attempt = () =>
      ({ record: toRecord(found.account), method: "transfer_code", request: client?.request }) as const;
    await happenings.ask("beforeSignIn", attempt, "refused");
  }

  // first, whatever comes of it: a session that was begun before could be begun twice
  if (!(await useCode(store, found.code))) throw refused();
  const now = engine.now();
  const session = newSession(settings, now, endOf(found.account, settings));
  const signedIn = await changeAccount(
    engine,
    () => read(found.account.id),
    (present) => {
      // whoever made it may have signed out since
      if (!isTransferable(present, found.code.payload, settings, now)) throw refused();
      return active({ ...present, sessions: withSession(present, session, settings, now) }, now);
    },
  );
  if (!signedIn) throw refused();
  const { before, after: account } = signedIn;
  await tellSignedIn(happenings, account, "transfer_code", session.id);
  await tellEnded(happenings, before, account, "limit", now);
  return { token: issueToken(engine.keyring, account, session, now), record: toRecord(account) };
}

function refused(): AnonError {
  return new AnonError("invalid_transfer_code", "Cannot sign in: this code is wrong, expired or used already");
}
