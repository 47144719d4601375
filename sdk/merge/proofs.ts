/** The proofs of a merge: both sessions must still be valid when it commits. */

import type { Account } from "../account/account.ts";
import { fingerprint } from "../account/fingerprint.ts";
import type { Merging } from "../account/optional-state.ts";
import { liveSession } from "../account/sessions.ts";
import { AnonError } from "../errors.ts";
import type { Settings } from "../settings/collections.ts";

/** The sessions that prove a merge, and the account's fingerprint at that time. */
export type Proofs = Pick<Merging, "sid" | "accountSid" | "key">;

/** Whether the account's session is alive and its protection unchanged. */
export function isAccountProven(
  account: Account,
  { accountSid, key }: Proofs,
  settings: Settings,
  now: number,
): boolean {
  return liveSession(account, accountSid, settings, now) !== undefined && fingerprint(account) === key;
}

/** @throws {AnonError} `invalid_token` after a sign-out, or with another password or email */
export function checkProofs(guest: Account, account: Account, proofs: Proofs, settings: Settings, now: number): void {
  const isGuest = liveSession(guest, proofs.sid, settings, now) !== undefined;
  if (!isGuest || !isAccountProven(account, proofs, settings, now)) {
    throw new AnonError("invalid_token", "Cannot merge: a token is expired, revoked or not ours");
  }
}
