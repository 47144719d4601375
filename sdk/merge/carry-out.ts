/** The middle of a merge: from a guest that is marked to one that was merged. Any process that finds the mark may go on with it. */

import type { Account } from "../account/account.ts";
import type { Merging } from "../account/optional-state.ts";
import { toRecord } from "../account/record.ts";
import { stateOf } from "../account/state.ts";
import type { MergeStrategy } from "../contract/merge.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { notifyEnded } from "../hooks/notify.ts";
import type { Settings } from "../settings/collections.ts";
import { changeAccount } from "../storage/change.ts";
import { mergedFields } from "./fields.ts";
import { finishMerge, isUnfinished } from "./finish.ts";
import { checkProofs } from "./proofs.ts";

/** A bound on what an account carries. */
const MAXIMUM_INCOMING = 16;

/** A guest with its mark. */
export type MarkedGuest = Account & { merging: Merging };

/**
 * Has the application move what is the guest's, and then makes the guest the account's. The proofs were looked at when it
 * was marked.
 *
 * @throws {AnonError} `not_found` when the account is gone, `invalid_token` when a proof is worth nothing any more,
 * `refused`: then the guest is as it was; `conflict` when one of the two was changed meanwhile, and what
 * the hook throws: then it is so, and marked for another time
 */
export async function carryOut(engine: Engine, settings: Settings, guest: MarkedGuest): Promise<void> {
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
    await commit(engine, settings, guest);
  } catch (error) {
    if (isFinal(error)) await giveUp(engine, settings, guest);
    throw error;
  }
  const committed = await store.readAny(settings.name, guest.id);
  if (isUnfinished(committed)) await finishMerge(engine, settings, committed);
}

/** Whether nothing would be another time: a proof is worth nothing any more, or the application does not want it. */
function isFinal(error: unknown): boolean {
  return error instanceof AnonError && ["invalid_token", "refused", "not_found"].includes(error.code);
}

/** Takes the mark away; the account forgets what it noted when it is next signed in to. */
async function giveUp(engine: Engine, settings: Settings, { id, merging }: MarkedGuest): Promise<void> {
  await changeAccount(
    engine,
    () => engine.store.readAccount(settings.name, id),
    (present) => (present.merging?.id === merging.id ? { ...present, merging: undefined } : null),
  );
}

/** Notes with the account what is coming: its next sign-in looks after that. */
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
  throw new AnonError("not_found", "Cannot merge into this account: it is not there any more");
}

/** Both proofs, and that the fields of both can be made into one. */
async function check(engine: Engine, settings: Settings, guest: MarkedGuest, account: Account): Promise<void> {
  const strategy = guest.merging.strategy as MergeStrategy;
  await mergedFields(strategy, settings.merge.combine, account.data, guest.data);
  checkProofs(guest, account, guest.merging, settings, engine.now());
}

/** Makes the guest one that was merged, if nothing came in between: from here on it is done, whatever happens. */
async function commit(engine: Engine, settings: Settings, { id: guest, merging: mine }: MarkedGuest): Promise<void> {
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
      // a proof that ends from here on is seen when the guest's token is exchanged
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
  return new AnonError("conflict", "Cannot merge: one of the two accounts was changed meanwhile, try again");
}
