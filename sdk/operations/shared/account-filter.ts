import type { Account } from "../../account/account.ts";
import { activeUntil } from "../../account/activity.ts";
import { isInUse, stateOf } from "../../account/state.ts";
import type { AccountFilter } from "../../contract/records.ts";
import type { Settings } from "../../settings/collections.ts";
import { parseDuration } from "../../settings/duration.ts";

/**
 * Whether an account matches a filter at the time `now` (milliseconds since the epoch).
 *
 * @throws {AnonError} `invalid_duration`, at once
 */
export function matching(
  { anonymous, inactiveFor, quarantinedWithin, quarantined = quarantinedWithin !== undefined }: AccountFilter,
  settings: Settings,
  now: number,
): (account: Account) => boolean {
  const inactiveSince = inactiveFor === undefined ? null : now - parseDuration(inactiveFor);
  const collectedSince = quarantinedWithin === undefined ? null : now - parseDuration(quarantinedWithin);
  return (account) =>
    (quarantined ? stateOf(account) === "quarantined" : isInUse(account)) &&
    (anonymous === undefined || account.anonymous === anonymous) &&
    (inactiveSince === null || activeUntil(account, settings) <= inactiveSince) &&
    (collectedSince === null || (account.quarantine !== undefined && account.quarantine.since >= collectedSince));
}
