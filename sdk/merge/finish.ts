/**
 * The end of a merge: from the moment that it is committed, every call that meets it does what is left to
 * do. The account's note of the merge, which goes with the guest's fields in one swap, is what makes that happen once.
 */

import type { Account } from "../account/account.ts";
import type { Merged } from "../account/optional-state.ts";
import { toRecord } from "../account/record.ts";
import type { MergeStrategy } from "../contract/merge.ts";
import type { Engine } from "../engine.ts";
import type { Settings } from "../settings/collections.ts";
import { changeAccount } from "../storage/change.ts";
import type { StoredAccount } from "../storage/store.ts";
import { mergedFields } from "./fields.ts";

/** A guest that was merged, as it was read. */
export type MergedRead = StoredAccount & { account: Account & { merged: Merged } };

/** Whether it was, and not yet to the end. */
export function isUnfinished(read: StoredAccount | null): read is MergedRead {
  return read?.account.merged?.pending === true;
}

/**
 * Gives the account what was the guest's, unless another call did, and leaves of the guest only where it went.
 *
 * @throws {AnonError} `conflict`, and what is wrong with the fields of both together: then it is left for another time
 */
export async function finishMerge(engine: Engine, settings: Settings, guest: MergedRead): Promise<void> {
  const { merged } = guest.account;
  const into = await give(engine, settings, guest.account);
  const left: Account = { ...guest.account, data: {}, sessions: [], merged: { ...merged, pending: false } };
  // not swapped: another call did
  await engine.store.replace(guest, left, merged.until);
  if (!into) return;
  const done = () => ({ record: toRecord(into), from: guest.account.id, mergeId: merged.id });
  await engine.hooks.runAfter("afterMerge", done);
}

/** The account, if this call gave it the guest's fields; `null` if another one did, or the account is gone. */
async function give(engine: Engine, settings: Settings, guest: Account & { merged: Merged }): Promise<Account | null> {
  const { merged } = guest;
  const { combine } = settings.merge;
  const changed = await changeAccount(
    engine,
    () => engine.store.readAccount(settings.name, merged.into),
    async (account) => {
      const next = withoutIncoming(account, merged.id);
      if (!next) return null;
      const data = await mergedFields(merged.strategy as MergeStrategy, combine, account.data, guest.data);
      return { ...next, data, updated: engine.now() };
    },
  );
  return changed?.written ? changed.after : null;
}

/** The account without its note of a merge; `null` if it has none. */
function withoutIncoming({ incoming = [], ...account }: Account, merge: string): Account | null {
  const others = incoming.filter(({ id }) => id !== merge);
  if (others.length === incoming.length) return null;
  return { ...account, ...(others.length === 0 ? {} : { incoming: others }) };
}

/**
 * Looks after the merges that an account knows of: finishes those that were committed, and forgets those that were given
 * up. Returns whether anything changed.
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
  const changed = await changeAccount(
    engine,
    () => engine.store.readAccount(settings.name, account),
    (present) => withoutIncoming(present, merge),
  );
  return changed?.written === true;
}

/**
 * Gives up the merges of an account that is about to be deleted or handed over: a process at work on one finds its guest
 * changed. A guest whose merge was committed went with the account.
 */
export async function cancelIncoming(engine: Engine, settings: Settings, account: Account): Promise<void> {
  for (const { id, from } of account.incoming ?? []) {
    await changeAccount(
      engine,
      () => engine.store.readAny(settings.name, from),
      ({ merging, ...guest }) => (merging?.id === id ? guest : null),
    );
  }
}
