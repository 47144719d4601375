/** Changing an account that others may be changing too. */
import { AnonError } from "../errors.ts";
import type { Account } from "../model/account.ts";
import { backOff } from "./back-off.ts";
import type { Read, Store } from "./store.ts";

/** What to make of an account as it was read: the changed one, or `null` to leave it as it is. */
export type Change = (account: Account) => Account | null | Promise<Account | null>;

const MAXIMUM_ATTEMPTS = 64;

/**
 * Reads, changes and swaps, again from the start when somebody else was faster. So `change` may run several times, each
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
  for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt++) {
    const present = await read();
    if (!present) return null;
    const next = await change(present.account);
    if (!next) return present.account;
    if (await store.replace(present, next, dueOf(next))) return next;
    await backOff(attempt);
  }
  throw new AnonError("conflict", "Cannot change this account: too many change it at the same time, try again");
}
