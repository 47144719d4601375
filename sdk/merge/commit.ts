/** The middle of a merge: from a marked guest to a merged one. Any process that finds the mark may continue it. */

import type { Account } from "../account/account.ts";
import type { Merging } from "../account/optional-state.ts";
import { toRecord } from "../account/record.ts";
import { stateOf } from "../account/state.ts";
import type { MergeStrategy } from "../contract/merge.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { notifyEnded } from "../hooks/hooks.ts";
import type { Settings } from "../settings/collections.ts";
import { changeAccount } from "../storage/change.ts";
import { mergedFields } from "./fields.ts";
import { finishMerge, isUnfinished } from "./finish.ts";
import { checkProofs } from "./proofs.ts";

/** Bounds the size of an account. */
const MAXIMUM_INCOMING = 16;

export type MarkedGuest = Account & { merging: Merging };

/**
 * Has the application move its data, commits the merge and finishes it.
 *
 * @throws {AnonError} `not_found` when the account is gone, `invalid_token` when a proof no longer holds, `refused`:
 * these remove the mark of the guest. `conflict` when one of the two changed in the meantime, and what the hook throws:
 * these leave it, so another call continues the merge
 */
export async function commitMerge(engine: Engine, settings: Settings, guest: MarkedGuest): Promise<void> {
  const { hooks, store } = engine;
  const { id, strategy } = guest.merging;
  try {
    const account = await note(engine, settings, guest);
    if (hooks.has("merge")) {
      const step = () => ({
        record: toRecord(account),
        guest: toRecord(guest),
        strategy: strategy as MergeStrategy,
        from: guest.id,
        mergeId: id,
      });
      await hooks.runBefore("merge", step, "refused");
    }
    await swapGuest(engine, settings, guest);
  } catch (error) {
    if (isFinal(error)) await giveUp(engine, settings, guest);
    throw error;
  }
  const committed = await store.readAny(settings.name, guest.id);
  if (isUnfinished(committed)) await finishMerge(engine, settings, committed);
}

/** Whether another attempt is pointless: a proof no longer holds, the hook refused, or the account is gone. */
function isFinal(error: unknown): boolean {
  return error instanceof AnonError && ["invalid_token", "refused", "not_found"].includes(error.code);
}

/** Removes the mark of the guest. The next sign-in to the account removes the account's note. */
async function giveUp(engine: Engine, settings: Settings, { id, merging }: MarkedGuest): Promise<void> {
  await changeAccount(
    engine,
    () => engine.store.readAccount(settings.name, id),
    (present) => (present.merging?.id === merging.id ? { ...present, merging: undefined } : null),
  );
}

/** Notes the merge in the account, so that the next sign-in to it continues the merge. */
async function note(engine: Engine, settings: Settings, guest: MarkedGuest): Promise<Account> {
  const { id: from, merging } = guest;
  const noted = await changeAccount(
    engine,
    () => engine.store.readAccount(settings.name, merging.into),
    async (present) => {
      const { incoming = [] } = present;
      await check(engine, settings, guest, present);
      if (incoming.some((one) => one.id === merging.id)) return null;
      if (incoming.length >= MAXIMUM_INCOMING) {
        throw new AnonError("conflict", "Cannot merge one more guest: too many merges were begun, finish those first");
      }
      return { ...present, incoming: [...incoming, { id: merging.id, from }] };
    },
  );
  if (noted) return noted.after;
  throw new AnonError("not_found", "Cannot merge into this account: it no longer exists");
}

/** Checks both proofs, and whether the fields of both can be combined. */
async function check(engine: Engine, settings: Settings, guest: MarkedGuest, account: Account): Promise<void> {
  const strategy = guest.merging.strategy as MergeStrategy;
  await mergedFields(strategy, settings.merge.combine, account.data, guest.data);
  checkProofs(guest, account, guest.merging, settings, engine.now());
}

/** Commits: the guest becomes a merged one, unless one of the two changed. After that nothing undoes the merge. */
async function swapGuest(engine: Engine, settings: Settings, { id: guest, merging: mine }: MarkedGuest): Promise<void> {
  const { store } = engine;
  const { id, into, strategy, sid, accountSid, key } = mine;
  const changed = await changeAccount(
    engine,
    () => store.readAny(settings.name, guest),
    async (present) => {
      if (present.merged?.id === id) return null;
      const account = (await store.readAccount(settings.name, into))?.account;
      const isNoted = account?.incoming?.some((one) => one.id === id);
      const isReady = present.merging?.id === id && stateOf(present) === "anonymous" && !present.hold;
      if (!account || !isNoted || !isReady) throw changedMeanwhile();
      // a proof that ends after this check is noticed when the guest's token is exchanged
      await check(engine, settings, { ...present, merging: mine }, account);
      const at = engine.now();
      const until = at + settings.merge.forwarding;
      const merged = { id, into, strategy, sid, accountSid, key, at, until, pending: true };
      return { ...present, merging: undefined, sessions: [], merged };
    },
  );
  if (!changed) throw changedMeanwhile();
  if (!changed.written) return;
  engine.guestCounts.release(settings.name);
  await notifyEnded(engine.hooks, changed.before, changed.after, "merge", engine.now());
}

function changedMeanwhile(): AnonError {
  return new AnonError("conflict", "Cannot merge: one of the two accounts changed in the meantime, try again");
}
