import type { Account } from "../../account/account.ts";
import { activeUntil } from "../../account/activity.ts";
import { isInUse, stateOf } from "../../account/state.ts";
import type { AccountFilter } from "../../contract/records.ts";
import { AnonError } from "../../errors.ts";
import type { Settings } from "../../settings/collections.ts";
import { parseDuration } from "../../settings/duration.ts";
import { check, checkKeys } from "../../settings/options.ts";

const CONDITIONS: Record<keyof AccountFilter, true> = {
  anonymous: true,
  inactiveFor: true,
  quarantined: true,
  quarantinedWithin: true,
  state: true,
};

/** For each state, the values of `anonymous` and `quarantined` that it contradicts. */
const CONTRADICTED: Readonly<
  Record<NonNullable<AccountFilter["state"]>, { anonymous?: boolean; quarantined?: boolean }>
> = {
  anonymous: { anonymous: false, quarantined: true },
  registered: { anonymous: true, quarantined: true },
  quarantined: { quarantined: false },
  merged: { anonymous: false, quarantined: true },
  held: {},
};

/**
 * Whether an account matches a filter at the time `now` (milliseconds since the epoch).
 *
 * @throws {AnonError} `invalid_duration`, `invalid_options`, at once
 */
export function matching(filter: AccountFilter, settings: Settings, now: number): (account: Account) => boolean {
  check(typeof filter === "object" && filter !== null, "this filter", "pass an object");
  // without one that is misspelt, more accounts would match than were meant: and be deleted
  checkKeys("", CONDITIONS, filter);
  const { anonymous, inactiveFor, quarantinedWithin, state } = filter;
  for (const [name, value] of Object.entries({ anonymous, quarantined: filter.quarantined })) {
    check(value === undefined || typeof value === "boolean", `this \`${name}\``, "use true or false");
  }
  const quarantined = filter.quarantined ?? (quarantinedWithin === undefined ? undefined : true);
  if (state !== undefined) checkState(state, anonymous, quarantined);
  const inactiveSince = inactiveFor === undefined ? null : now - parseDuration(inactiveFor);
  const collectedSince = quarantinedWithin === undefined ? null : now - parseDuration(quarantinedWithin);
  return (account) =>
    isInState(account, state, quarantined) &&
    (anonymous === undefined || account.anonymous === anonymous) &&
    (inactiveSince === null || activeUntil(account, settings) <= inactiveSince) &&
    (collectedSince === null || (account.quarantine !== undefined && account.quarantine.since >= collectedSince));
}

function isInState(account: Account, state: AccountFilter["state"], quarantined: boolean | undefined): boolean {
  if (state === "held") {
    return (
      account.hold !== undefined && (quarantined === undefined || (stateOf(account) === "quarantined") === quarantined)
    );
  }
  if (state !== undefined) return stateOf(account) === state;
  return quarantined ? stateOf(account) === "quarantined" : isInUse(account);
}

function checkState(
  state: NonNullable<AccountFilter["state"]>,
  anonymous: boolean | undefined,
  quarantined: boolean | undefined,
): void {
  const contradicted = Object.hasOwn(CONTRADICTED, state) ? CONTRADICTED[state] : null;
  if (contradicted === null) {
    throw new AnonError(
      "invalid_options",
      `Cannot use this \`state\`: use one of ${Object.keys(CONTRADICTED).join(", ")}`,
    );
  }
  const names = [
    ...(anonymous !== undefined && anonymous === contradicted.anonymous ? ["anonymous"] : []),
    ...(quarantined !== undefined && quarantined === contradicted.quarantined ? ["quarantined"] : []),
  ];
  if (names.length === 0) return;
  throw new AnonError(
    "invalid_options",
    `Cannot use the state ${state} with this condition for ${names.join(" and ")}: no account has both, leave one out`,
  );
}
