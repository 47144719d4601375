/**
 * The end of a merge: from the moment that the guest is one no more (it is committed) whoever comes by does what is left to
 * do. The account's note of the merge, which goes with the guest's fields in one swap, is what makes that happen once.
 */
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import type { Account, Session } from "../model/account.ts";
import type { Merged } from "../model/marks.ts";
import { toRecord } from "../model/record.ts";
import { dueOf, queueAt } from "../policy/activity.ts";
import type { Settings } from "../policy/settings.ts";
import { backOff } from "../storage/back-off.ts";
import type { Read } from "../storage/store.ts";
import type { TokenClaims } from "../types.ts";
import { isAccountProven } from "./proofs.ts";
import { mergedFields } from "./settings.ts";
import type { MergeStrategy } from "./types.ts";

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
  const { data: _given, sessions: _exchanged, ...rest } = guest.account;
  const left: Account = { ...rest, data: {}, sessions: [], merged: { ...merged, pending: false } };
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
    const now = engine.now();
    const next: Account = {
      ...account,
      ...(others.length === 0 ? {} : { incoming: others }),
      data: await mergedFields(merged.strategy as MergeStrategy, combine, account.data, guest.data),
      sessions: withGuest(read.account, guest, settings, now),
      updated: now,
    };
    if (await engine.store.replace(read, next, dueOf(next, settings))) return next;
    await backOff(attempt);
  }
  throw new AnonError("conflict", "Cannot finish a merge: too many change the account at the same time, try again");
}

/**
 * The account's sessions with that of the guest which proved the merge, if the account's own proof holds by the very value
 * that is swapped: whoever signed out or changed the password since is not to be joined. None is pushed out for it.
 */
function withGuest(account: Account, guest: Account & { merged: Merged }, settings: Settings, now: number): Session[] {
  const living = account.sessions.filter(({ expires }) => expires > now);
  const session = guest.sessions.find(({ id, expires }) => id === guest.merged.sid && expires > now);
  const isProven = isAccountProven(account, guest.merged, settings, now);
  return session && isProven && living.length < settings.maxSessions ? [...living, session] : account.sessions;
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

/** The account that a token's guest was merged into, if its session is the one that goes on there, until that is over. */
export async function mergedInto(
  engine: Engine,
  settings: Settings,
  { id, sid }: Pick<TokenClaims, "id" | "sid">,
): Promise<string | null> {
  const read = await engine.store.readAny(settings.name, id);
  const merged = read?.account.merged;
  if (merged?.sid !== sid || merged.until <= engine.now()) return null;
  if (isUnfinished(read)) await finishMerge(engine, settings, read);
  return merged.into;
}
