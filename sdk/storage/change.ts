/**
 * The one way to change or remove an account that others may be changing too: read it, lock what it will own, swap it against
 * what was read, then settle the locks. `uniqueness.ts` says why this order lets no two accounts own one email.
 */
import type { Account } from "../account/account.ts";
import { dueOf } from "../account/activity.ts";
import { AGAIN, retry } from "./retry.ts";
import type { StoredAccount } from "./store.ts";
import {
  acquireLock,
  confirmLock,
  type HeldLock,
  type LockContext,
  losesLocks,
  releaseLocks,
  reopenLocks,
  swapWithLocks,
  type UniqueKey,
} from "./uniqueness.ts";

/** Reads the account; called again for each attempt. */
export type ReadAccount = () => Promise<StoredAccount | null>;

/** An account before and after a change, both as they were stored. */
export interface Changed {
  before: Account;
  after: Account;
  /** `false` when the change left the account as it is; then both are the same. */
  written: boolean;
}

/**
 * Changes an account. `change` gets the account as it is stored and returns the changed one, or `null` to leave it as it is;
 * it runs once for each attempt. What the account owns afterwards and is not in `unique` it must own already; what it loses
 * can be had by others once this returns.
 *
 * @param unique What the account is to own after the change
 * @returns `null` when `read` finds no account
 * @throws {AnonError} `email_taken`, `username_taken`, `identity_taken`, `conflict`, and what `read` and `change` throw
 */
export async function changeAccount(
  context: LockContext,
  read: ReadAccount,
  change: (account: Account) => Account | null | Promise<Account | null>,
  unique: readonly UniqueKey[] = [],
): Promise<Changed | null> {
  return await withLocks(context, (locks) =>
    retry("change this account", async (attempt) => {
      const present = await read();
      if (!present) return null;
      const before = present.account;
      const after = await change(before);
      if (!after) return { before, after: before, written: false };
      const due = dueOf(after, context.settings.get(after.collection));
      if (attempt === 0 && unique.length > 0 && !losesLocks(before, after)) {
        if (await swapWithLocks(context, present.key, present.text, after, due, unique)) {
          return { before, after, written: true };
        }
      }
      await locks.acquire(before, unique);
      await locks.reopen(before, after);
      if (!(await context.store.replace(present, after, due))) return AGAIN;
      locks.confirm();
      return { before, after, written: true };
    }),
  );
}

/**
 * Removes an account, judged by the very value that is removed.
 *
 * @param mayRemove Called for each attempt; `false` leaves the account
 * @returns the account that is gone, or `null` when none is
 * @throws {AnonError} `conflict`, and what `read` and `mayRemove` throw
 */
export async function removeAccount(
  context: LockContext,
  read: ReadAccount,
  mayRemove: (account: Account, attempt: number) => Promise<boolean>,
): Promise<Account | null> {
  return await withLocks(context, (locks) =>
    retry("delete this account", async (attempt) => {
      const present = await read();
      if (!present || !(await mayRemove(present.account, attempt))) return null;
      const { key, text, account } = present;
      await locks.reopen(account, null);
      const removed = await context.store.swap(key, text, null, null, { durable: !account.anonymous });
      return removed ? account : AGAIN;
    }),
  );
}

/** The locks of one change: acquired and reopened before the swap, settled after it. */
interface ChangeLocks {
  acquire(account: Account, unique: readonly UniqueKey[]): Promise<void>;
  /** Puts the locks of what the account loses back in the due queue: after the swap nothing would lead gc to them. */
  reopen(before: Account, after: Account | null): Promise<void>;
  /** The account was stored: what was acquired is its own. */
  confirm(): void;
}

/**
 * Settles the locks when `change` has ended, however it ended. At the end and not after each attempt, because releasing
 * writes the account: many changes at once would make each other's attempts fail. What cannot be settled now is by the next gc.
 */
async function withLocks<T>(context: LockContext, change: (locks: ChangeLocks) => Promise<T>): Promise<T> {
  const acquired = new Map<string, HeldLock>();
  const open = new Map<string, HeldLock>();
  let owned = false;
  const locks: ChangeLocks = {
    async acquire({ collection, id }, unique) {
      for (const one of unique) acquired.set(one.key, await acquireLock(context, collection, id, one));
    },
    async reopen(before, after) {
      if (!losesLocks(before, after)) return;
      for (const lock of await reopenLocks(context, before)) open.set(lock.key, lock);
    },
    confirm() {
      owned = true;
    },
  };
  try {
    return await change(locks);
  } finally {
    const confirmed = owned ? [...acquired.values()] : [];
    const released = owned ? [...open.values()] : [...acquired.values(), ...open.values()];
    await Promise.allSettled(confirmed.map((lock) => confirmLock(context.store, lock)));
    await releaseLocks(context, released).catch(leftToGc);
  }
}

function leftToGc(): void {
  // the locks stand in the due queue
}
