/** The rules of transfer codes: how long they are good, and what they are bound to. */

import type { Account } from "../account/account.ts";
import { fingerprint } from "../account/fingerprint.ts";
import { liveSession } from "../account/sessions.ts";
import type { Duration } from "../contract/records.ts";
import { AnonError } from "../errors.ts";
import type { Settings } from "../settings/collections.ts";
import { parseDuration } from "../settings/duration.ts";

/** What these codes are for; one of another purpose is none. */
export const TRANSFER = "transfer";

/** What a code is bound to, beside its account. */
export interface Transfer {
  /** The session that made it: who signs out, or is signed out, takes their codes along. */
  sid: string;
  /** The account's fingerprint: a new password ends codes of the session, too, that it does not end. */
  key: string;
}

const DEFAULT = "10m";
const SHORTEST_MS = 60_000;
const LONGEST_MS = 24 * 60 * 60_000;

/**
 * How long a code is good, in milliseconds.
 *
 * @throws {AnonError} `invalid_duration`
 */
export function transferLife(expiresIn: Duration = DEFAULT): number {
  const life = parseDuration(expiresIn);
  if (life >= SHORTEST_MS && life <= LONGEST_MS) return life;
  throw new AnonError(
    "invalid_duration",
    `Cannot use duration ${JSON.stringify(expiresIn)} for a code: use one from 1m to 24h`,
  );
}

/** What a code that the session makes now is bound to. */
export function transferOf(account: Account, sid: string): Transfer {
  return { sid, key: fingerprint(account) };
}

/** Whether what a code is bound to is still as it was. */
export function isTransferable(account: Account, { sid, key }: Transfer, settings: Settings, now: number): boolean {
  return liveSession(account, sid, settings, now) !== undefined && fingerprint(account) === key;
}
