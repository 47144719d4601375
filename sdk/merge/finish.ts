/**
 * The end of a merge: from the moment that the guest is one no more (it is committed) whoever comes by does what is left to
 * do. The account's note of the merge, which goes with the guest's fields in one swap, is what makes that happen once.
 */

import type { Account } from "../account/account.ts";
import { dueOf, queueAt } from "../account/activity.ts";
import type { Merged } from "../account/marks.ts";
import { toRecord } from "../account/record.ts";
import type { MergeStrategy } from "../contract/merge.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import type { Settings } from "../settings/collections.ts";
import { backOff } from "../storage/back-off.ts";
import type { Read } from "../storage/store.ts";
import { mergedFields } from "./fields.ts";

const MAXIMUM_ATTEMPTS = 64;

/** A guest that was merged, as it was read. */
export type MergedRead = Read & { account: Account & { merged: Merged } };

/** Whether it was, and not yet to the end. */
export function isUnfinished(read: Read | null): read is MergedRead {
  return read?.account.merged?.pending === true;
}

/**
 * Gives the account what was the guest's, if nobody has yet, and leaves of the guest only where it went.
 *
 * @throws {AnonError} `conflict`, and what is wrong with the fields of both together: then it is left for another time
 */
export async function finishMerge(engine: Engine, settings: Settings, guest: MergedRead): Promise<void> {
  const { merged } = guest.account;
  const into = await give(engine, settings, guest.account);
  const left: Account = { ...guest.account, data: {}, sessions: [], merged: { ...merged, pending: false } };
  // not swapped: somebody else did
  await engine.store.replace(guest, left, merged.until);
  if (!into) return;
  const done = () => ({ record: toRecord(into), from: guest.account.id, mergeId: merged.id });
  await engine.happenings.tell("afterMerge", done);
}

/** Answers the account if this was who gave it the guest's fields, and `null` if somebody else was, or it is gone. */
async function give(engine: Engine, settings: Settings, guest: Account & { merged: Merged }): Promise<Account | null> {
  const { merged } = guest;
  const { combine } = settings.merge;
  for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt++) {
    const read = await engine.store.readAccount(settings.name, merged.into);
    const noted = read?.account.incoming?.some(({ id }) => id === merged.id);
    if (!read || !noted) return null;
    const { incoming = [], ...account } = read.account;
    const others = incoming.filter(({ id }) => id !== merged.id);
    const next: Account = {
      ...account,
      ...(others.length === 0 ? {} : { incoming: others }),
      data: await mergedFields(merged.strategy as MergeStrategy, combine, account.data, guest.data),
      updated: engine.now(),
    };
    if (await engine.store.replace(read, next, dueOf(next, settings))) return next;
    await backOff(attempt);
  }
  throw new AnonError("conflict", "Cannot finish a merge: too many change the account at the same time, try again");
}

/**
 * Looks after the merges that an account knows of: finishes those that were committed, and forgets those that were given
 * up. Answers whether anything changed.
 */
export async function settleIncoming(engine: Engine, settings: Settings, account: Account): Promise<boolean> {
  let changed = false;
  for (const { id, from } of account.incoming ?? []) {
    const guest = await engine.store.readAny(settings.name, from);
    if (isUnfinished(guest) && guest.account.merged.id === id) {
      await finishMerge(engine, settings, guest);
      changed = true;
    } else if (guest?.account.merging?.id !== id) {
      changed = (await forget(engine, settings, account.id, id)) || changed;
    }
  }
  return changed;
}

async function forget(engine: Engine, settings: Settings, account: string, merge: string): Promise<boolean> {
  const read = await engine.store.readAccount(settings.name, account);
  if (!read?.account.incoming?.some(({ id }) => id === merge)) return false;
  const { incoming = [], ...rest } = read.account;
  const others = incoming.filter(({ id }) => id !== merge);
  const next: Account = { ...rest, ...(others.length === 0 ? {} : { incoming: others }) };
  return await engine.store.replace(read, next, dueOf(next, settings));
}

/**
 * Gives up the merges of an account that is about to be deleted or handed over: a process at work on one finds its guest
 * changed. A guest whose merge was committed went with the account.
 */
export async function cancelIncoming(engine: Engine, settings: Settings, account: Account): Promise<void> {
  for (const { id, from } of account.incoming ?? []) {
    for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt++) {
      const guest = await engine.store.readAny(settings.name, from);
      if (guest?.account.merging?.id !== id) break;
      const { merging: _given, ...next } = guest.account;
      if (await engine.store.replace(guest, next, queueAt(next, settings))) break;
      await backOff(attempt);
    }
  }
}
