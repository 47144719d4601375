/** Changing an account that others may be changing too. */

import type { Account } from "../account/account.ts";
import { AnonError } from "../errors.ts";
import { backOff } from "./back-off.ts";
import type { Read, Store } from "./store.ts";
import { type ClaimContext, type HeldClaim, losesClaims, releaseClaims, unsettleClaims } from "./uniqueness.ts";

/** What to make of an account as it was read: the changed one, or `null` to leave it as it is. */
export type Change = (account: Account) => Account | null | Promise<Account | null>;

const MAXIMUM_ATTEMPTS = 64;

/**
 * Reads, changes and swaps, again from the start when another writer was faster. So `change` may run several times, each
 * time with what is stored then.
 *
 * @returns the account as stored now, or `null` when there is none
 * @throws {AnonError} `conflict` when others were faster 64 times
 */
export async function changeAccount(
  store: Store,
  read: () => Promise<Read | null>,
  change: Change,
  dueOf: (account: Account) => number | null,
): Promise<Account | null> {
  return await attempts(read, change, (present, next) => store.replace(present, next, dueOf(next)));
}

/**
 * The same for a change by which an account may lose an email, a username or an identity: what it lost can be had again.
 * If the process dies in between, gc settles or removes the claims.
 */
export async function changeOwned(
  context: () => ClaimContext,
  read: () => Promise<Read | null>,
  change: Change,
): Promise<Account | null> {
  const unsettled = new Map<string, HeldClaim>();
  try {
    return await attempts(read, change, async (present, next) => {
      // before the swap, as in a deletion: after it nothing would lead gc to them
      const owned = losesClaims(present.account, next) ? await unsettleClaims(context(), present.account) : [];
      for (const claim of owned) unsettled.set(claim.key, claim);
      const { store, dueOf } = context();
      return await store.replace(present, next, dueOf(next));
    });
  } finally {
    // at the end and not after each attempt: it writes the account, so that many at once would make each other's attempts
    // fail; gc releases what cannot be released now
    await releaseClaims(context(), [...unsettled.values()]).catch(() => undefined);
  }
}

async function attempts(
  read: () => Promise<Read | null>,
  change: Change,
  swap: (present: Read, next: Account) => Promise<boolean>,
): Promise<Account | null> {
  for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt++) {
    const present = await read();
    if (!present) return null;
    const next = await change(present.account);
    if (!next) return present.account;
    if (await swap(present, next)) return next;
    await backOff(attempt);
  }
  throw new AnonError("conflict", "Cannot change this account: too many change it at the same time, try again");
}
