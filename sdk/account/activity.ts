/** The rules of activity: when it is written, and from when on an account is inactive. */

import type { Settings } from "../settings/collections.ts";
import type { Account } from "./account.ts";

/** Whether activity now must be written: at most once per `activityResolution`. */
export function mustWriteActivity(account: Account, settings: Settings, now: number): boolean {
  // many requests in one millisecond have one activity to write, however fine the resolution is
  return now > account.lastActive && now - account.lastActive >= settings.activityResolution;
}

/** Clears the warning too. Activity never moves back, although the clocks of several machines differ. */
export function active({ warning: _over, ...account }: Account, now: number): Account {
  return { ...account, lastActive: Math.max(account.lastActive, now) };
}

/**
 * Until when an account counts as active, in milliseconds since the epoch: activity after `lastActive` may not have
 * been written for one `activityResolution`, and that must never cost an account.
 */
export function activeUntil(account: Account, settings: Settings): number {
  return account.lastActive + settings.activityResolution;
}

/**
 * When the account is due, in any state; `null` for a registered one, which never is. An account in quarantine and a
 * guest whose merge is not finished are at the beginning of the queue: every run of gc examines them, which may be too
 * early and is never too late.
 */
export function dueOf(account: Account, settings: Settings): number | null {
  const { anonymous, quarantine, merged } = account;
  if (quarantine || merged?.pending) return 0;
  if (merged) return merged.until;
  return anonymous ? activeUntil(account, settings) : null;
}
