/** The middle of a merge: from a guest that is marked to one that was merged. Whoever finds the mark may go on with it. */
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { tellEnded } from "../hooks/tell.ts";
import type { Account } from "../model/account.ts";
import type { Merging } from "../model/marks.ts";
import { toRecord } from "../model/record.ts";
import { dueOf } from "../policy/activity.ts";
import type { Settings } from "../policy/settings.ts";
import { backOff } from "../storage/back-off.ts";
import { changeAccount } from "../storage/change.ts";
import { finishMerge, isUnfinished } from "./finish.ts";
import type { MergeStrategy } from "./types.ts";

const MAXIMUM_ATTEMPTS = 64;

/** More than anybody has guests, and a bound on what an account carries. */
const MAXIMUM_INCOMING = 16;

/** Due at the beginning of time: every gc finishes what was committed. */
const UNFINISHED_DUE = 0;

/** A guest with its mark. */
export type MarkedGuest = Account & { merging: Merging };

/**
 * Has the application move what is the guest's, and then makes the guest the account's. The proofs were looked at when it
 * was marked.
 *
 * @throws {AnonError} `not_found` when the account is gone, `conflict` when one of the two was changed meanwhile, `refused`,
 * and what the hook throws: then the guest is as it was, and marked
 */
export async function carryOut(engine: Engine, settings: Settings, guest: MarkedGuest): Promise<void> {
  const { happenings, store } = engine;
  const { id, into, strategy } = guest.merging;
  const account = await note(engine, settings, guest);
  if (happenings.has("merge")) {
    const step = () => ({
      record: toRecord(account),
      guest: toRecord(guest),
      strategy: strategy as MergeStrategy,
      from: guest.id,
      mergeId: id,
    });
    await happenings.ask("merge", step, "refused");
  }
  await commit(engine, settings, guest, into);
  const committed = await store.readAny(settings.name, guest.id);
  if (isUnfinished(committed)) await finishMerge(engine, settings, committed);
}

/** Notes with the account what is coming: whoever signs in to it looks after that. */
async function note(engine: Engine, settings: Settings, { id: from, merging }: MarkedGuest): Promise<Account> {
  const noted = await changeAccount(
    engine.store,
    () => engine.store.readAccount(settings.name, merging.into),
    (present) => {
      const { incoming = [] } = present;
      if (incoming.some((one) => one.id === merging.id)) return null;
      if (incoming.length >= MAXIMUM_INCOMING) {
        throw new AnonError("conflict", "Cannot merge one more guest: too many merges were begun, finish those first");
      }
      return { ...present, incoming: [...incoming, { id: merging.id, from }] };
    },
    (next) => dueOf(next, settings),
  );
  if (noted) return noted;
  throw new AnonError("not_found", "Cannot merge into this account: it is not there any more");
}

/** Makes the guest one that was merged, if nothing came in between: from here on it is done, whatever happens. */
async function commit(engine: Engine, settings: Settings, guest: MarkedGuest, into: string): Promise<void> {
  const { store } = engine;
  const { id, strategy, sid } = guest.merging;
  for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt++) {
    const present = await store.readAny(settings.name, guest.id);
    if (present?.account.merged?.id === id) return;
    const account = (await store.readAccount(settings.name, into))?.account;
    const isNoted = account?.incoming?.some((one) => one.id === id);
    const { merging, hold, quarantine, anonymous = false } = present?.account ?? ({} as Partial<Account>);
    if (!present || merging?.id !== id || !isNoted || !anonymous || hold || quarantine) {
      throw new AnonError("conflict", "Cannot merge: one of the two accounts was changed meanwhile, try again");
    }
    const now = engine.now();
    const next: Account = {
      ...present.account,
      merging: undefined,
      sessions: present.account.sessions.filter((one) => one.id === sid),
      merged: { id, into, strategy, sid, at: now, until: now + settings.merge.forwarding, pending: true },
    };
    if (await store.replace(present, next, UNFINISHED_DUE)) {
      engine.populations.left(settings.name);
      await tellEnded(engine.happenings, present.account, next, "merge", now);
      return;
    }
    await backOff(attempt);
  }
  throw new AnonError("conflict", "Cannot merge: too many change the guest at the same time, try again");
}
