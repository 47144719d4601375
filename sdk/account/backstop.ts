/** Which accounts the storage may delete by itself. */
import type { Settings } from "../settings/collections.ts";
import type { Account } from "./account.ts";

/**
 * How long after this write the storage may forget an account; `undefined`: never. It counts from every write: activity
 * that was not written is younger by one resolution at most, and a warning or a quarantine begins with its write.
 */
export function ttlOf(account: Account, { backstop, merge }: Settings): number | undefined {
  if (backstop === null || !account.anonymous || account.hold) return undefined;
  // what a merge still rests on is not forgotten
  if (account.merging || account.incoming || account.merged?.pending) return undefined;
  return account.merged ? Math.max(backstop, merge.forwarding) : backstop;
}
