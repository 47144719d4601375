/** What gc does with an account that is due. */

import type { Account } from "../account/account.ts";
import { activeUntil } from "../account/activity.ts";
import type { GcReport } from "../contract/retention.ts";
import { isUnfinished, type MergedRead } from "../merge/finish.ts";
import type { Settings } from "../settings/collections.ts";
import type { StoredAccount } from "../storage/store.ts";

/**
 * - `delete`: for good, at once or after its quarantine
 * - `quarantine`: out of use, and restorable
 * - `finish`: a guest whose merge was committed and is not finished
 * - `warn`: warn its owner that it ends at `ends`; `late`: without the hook it would be collected now
 * - `keep`: for `reason`. With `due: null` it leaves the queue, otherwise it stays where it is. `otherResolution`: it is
 *   due only by the `activityResolution` that it was queued with
 */
export type Verdict =
  | { is: "delete" | "quarantine"; read: StoredAccount }
  | { is: "finish"; read: MergedRead }
  | { is: "warn"; read: StoredAccount; ends: number; late: boolean }
  | { is: "keep"; reason: keyof GcReport["kept"]; due?: null; otherResolution?: boolean };

/** Times are in milliseconds since the epoch. */
export interface JudgeInput {
  settings: Settings;
  now: number;
  cutoff: number;
  /** How long before its end the owner is warned; 0 without a hook. */
  warning: number;
}

/** @param due The time of the account's entry in the due queue */
export function judge(read: StoredAccount, due: number, { settings, now, cutoff, warning }: JudgeInput): Verdict {
  const { account } = read;
  if (!account.anonymous) return { is: "keep", reason: "registered", due: null };
  if (account.hold) return { is: "keep", reason: "held" };
  if (isUnfinished(read)) return { is: "finish", read };
  const { quarantine, merged } = account;
  if (merged) return merged.until <= now ? { is: "delete", read } : { is: "keep", reason: "merged" };
  if (quarantine) return quarantine.until <= now ? { is: "delete", read } : { is: "keep", reason: "quarantined" };
  // `due` follows from the `activityResolution` at the last write of activity, `activeUntil` from the present one
  const until = Math.max(due, activeUntil(account, settings));
  // its entry is not moved: a run whose settings differ from the servers' must not hide it from a run with theirs
  if (until > cutoff + warning) return { is: "keep", reason: "active", otherResolution: until > due };
  if (warning > 0) {
    const warned = warnedAt(account);
    const late = until <= cutoff;
    // an owner warned late still gets the full warning period
    const ends = Math.max(until + (now - cutoff), (warned ?? now) + warning);
    if (warned === null) return { is: "warn", read, ends, late };
    if (ends > now) return { is: "keep", reason: late ? "unwarned" : "active" };
  }
  return { is: settings.quarantine > 0 ? "quarantine" : "delete", read };
}

/** When the owner was warned, since the account was last active. */
function warnedAt({ warning, lastActive }: Account): number | null {
  return warning && warning.lastActive === lastActive ? warning.at : null;
}
