import { fingerprint } from "../crypto/action-token.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import type { Client } from "../limits/types.ts";
import type { Account } from "../model/account.ts";
import { CONVERSION, type Conversion } from "../policy/conversion.ts";
import { liveSession } from "../policy/sessions.ts";
import { type Peeked, peekCode, useCode } from "../storage/codes.ts";
import type { AuthData, OwnFields } from "../types.ts";
import { convert } from "./convert.ts";
import { guess } from "./guess.ts";

/** What comes with a code. */
export interface Confirmation {
  collection?: string;
  username?: string;
  data?: OwnFields;
}

/**
 * Converts the guest that a mailed code is for: the email is theirs and verified, and there is no password until they set
 * one. Every session of before ends, that of whoever asked too: it need not have been the one who reads the mail. What is
 * refused leaves the code good; what is done uses it up, because it is bound to the guest.
 *
 * @throws {AnonError} `invalid_action_token`, `email_taken`, `username_taken`, what is wrong with the input, `rate_limited`
 */
export async function confirmConversion(
  engine: Engine,
  code: string,
  { collection, username, data }: Confirmation = {},
  client?: Client,
): Promise<AuthData> {
  const { store } = engine;
  const settings = engine.settings.of(collection);
  const dead = (): AnonError =>
    new AnonError("invalid_action_token", "Cannot convert with this code: it is wrong, expired or used already");
  // whoever asked may have been signed out since, by somebody who does not want them there
  const isGood = (account: Account, { sid, key }: Conversion): boolean =>
    fingerprint(account) === key && liveSession(account, sid, settings, engine.now()) !== undefined;
  const find = async (): Promise<Peeked<Conversion> | null> => {
    const peeked = await peekCode<Conversion>(store, settings.name, CONVERSION, code, engine.now());
    const read = peeked && (await store.readAccount(settings.name, peeked.id));
    return read && isGood(read.account, peeked.payload) ? peeked : null;
  };
  const found = await guess(engine, { codesPerAddress: client?.address }, find);
  if (!found) throw dead();
  const { id, payload } = found;
  const proof = (account: Account): void => {
    if (!isGood(account, payload)) throw dead();
  };
  const ref = { collection: settings.name, id };
  const done = await convert(engine, ref, { username, data }, client, { vouched: { email: payload.email }, proof });
  // it is worth nothing any more; one that could not be removed goes when it expires
  await useCode(store, found).catch(() => false);
  return done;
}
