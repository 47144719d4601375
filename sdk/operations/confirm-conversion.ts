import type { Account } from "../account/account.ts";
import { fingerprint } from "../account/fingerprint.ts";
import { liveSession } from "../account/sessions.ts";
import { type Peeked, peekCode, useCode } from "../codes/code.ts";
import { CONVERSION, type Conversion } from "../codes/conversion.ts";
import type { Client } from "../contract/limits.ts";
import type { AuthData, OwnFields, TokenClaims } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { convert } from "./convert.ts";
import { guess } from "./shared/limit-attempts.ts";
import { signInByEmail } from "./shared/sign-in-by-email.ts";

/** What comes with a code. */
export interface Confirmation {
  collection?: string;
  username?: string;
  data?: OwnFields;
  /** What the tokens say that came with the code. */
  signedIn?: readonly TokenClaims[];
}

/**
 * Converts the guest that a mailed code is for: the email is theirs and verified, and there is no password until they set
 * one. Every earlier session ends, also the one that asked: another person may read the mail. An account that holds the
 * email unverified is signed in to instead, and the guest stays as it is: it is not merged, because it may be that of an
 * attacker who asked for the mail. A refusal leaves the code good; success uses it up, because the code is bound to the
 * guest, and the account is verified then.
 *
 * @throws {AnonError} `invalid_action_token`, `email_taken`, `username_taken`, what is wrong with the input, `rate_limited`
 */
export async function confirmConversion(
  engine: Engine,
  code: string,
  { collection, username, data, signedIn }: Confirmation = {},
  client?: Client,
): Promise<AuthData> {
  const { store } = engine;
  const settings = engine.settings.of(collection);
  const dead = (): AnonError =>
    new AnonError("invalid_action_token", "Cannot convert with this code: it is wrong, expired or used already");
  // the session that asked may have been ended since, by an owner who does not want it there
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
  const { email } = payload;
  const done =
    (await signInByEmail(engine, settings, { email, signedIn, method: "email_code" }, client)) ??
    (await convert(engine, ref, { username, data }, client, { vouched: { email }, proof }));
  // it is worth nothing any more; one that could not be removed goes when it expires
  await useCode(store, found).catch(() => false);
  return done;
}
