/**
 * The end of a merge: after the commit, every call that finds it unfinished finishes it. The account gets the guest's fields
 * and loses its note of the merge in one swap, so it gets them once.
 */

import type { Account } from "../account/account.ts";
import type { Merged } from "../account/optional-state.ts";
import { toRecord } from "../account/record.ts";
import type { MergeStrategy } from "../contract/merge.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import type { Settings } from "../settings/collections.ts";
import { changeAccount } from "../storage/change.ts";
import type { StoredAccount } from "../storage/store.ts";
import { mergedFields } from "./fields.ts";

export type MergedRead = StoredAccount & { account: Account & { merged: Merged } };

/** Whether a guest was merged, and the merge is not finished. */
export function isUnfinished(read: StoredAccount | null): read is MergedRead {
  return read?.account.merged?.pending === true;
}

/**
 * Gives the account the guest's fields, unless another call did, and reduces the guest to the name of the account.
 *
 * @throws {AnonError} `conflict`, and what is wrong with the combined fields: another call can finish it later
 */
export async function finishMerge(engine: Engine, settings: Settings, guest: MergedRead): Promise<void> {
  const { merged } = guest.account;
  const into = await give(engine, settings, guest.account);
  const left: Account = { ...guest.account, data: {}, sessions: [], merged: { ...merged, pending: false } };
  // if the swap fails, another call did it
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

/** For a merge that cannot be finished now, because its fields do not fit: it is left as it is. Only an outage is thrown. */
export function leaveUnlessOutage(error: unknown): void {
  if (error instanceof AnonError && error.code === "storage_unavailable") throw error;
}

/** The account without its note of a merge; `null` if it has none. */
function withoutIncoming({ incoming = [], ...account }: Account, merge: string): Account | null {
  const others = incoming.filter(({ id }) => id !== merge);
  if (others.length === incoming.length) return null;
  return { ...account, ...(others.length === 0 ? {} : { incoming: others }) };
}

/** Finishes the committed merges that an account has noted, and removes the notes of those that were given up. */
export async function settleIncoming(engine: Engine, settings: Settings, account: Account): Promise<void> {
  for (const { id, from } of account.incoming ?? []) {
    const guest = await engine.store.readAny(settings.name, from);
    if (isUnfinished(guest) && guest.account.merged.id === id) {
      await finishMerge(engine, settings, guest);
    } else if (guest?.account.merging?.id !== id) {
      await changeAccount(
        engine,
        () => engine.store.readAccount(settings.name, account.id),
        (present) => withoutIncoming(present, id),
      );
    }
  }
}

/**
 * Gives up the uncommitted merges of an account that is about to be deleted or handed over. A process that is at work on
 * one finds its guest changed. A guest whose merge was committed is part of the account.
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
