/** The one place that derives an account's state. */
import type { Account } from "./account.ts";

/**
 * - `anonymous`: a guest, in use
 * - `registered`: in use
 * - `quarantined`: collected by gc, and restorable; its tokens are invalid
 * - `merged`: a guest whose id stands for the account that it was merged into
 */
export type AccountState = "anonymous" | "registered" | "quarantined" | "merged";

export function stateOf({ anonymous, quarantine, merged }: Account): AccountState {
  if (merged) return "merged";
  if (quarantine) return "quarantined";
  return anonymous ? "anonymous" : "registered";
}

/** Whether an account is in use: its tokens, its email and its username are its own. */
export function isInUse({ quarantine, merged }: Account): boolean {
  return quarantine === undefined && merged === undefined;
}
