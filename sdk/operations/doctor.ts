import type { Account } from "../account/account.ts";
import { dueOf } from "../account/activity.ts";
import { isInUse, stateOf } from "../account/state.ts";
import { dueOfCode } from "../codes/code.ts";
import type { DoctorOptions, DoctorReport } from "../contract/retention.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { dueOfReservation } from "../idempotency/reservation.ts";
import { commitMerge, type MarkedGuest } from "../merge/commit.ts";
import { finishMerge, isUnfinished } from "../merge/finish.ts";
import type { Settings } from "../settings/collections.ts";
import { accountPrefix, codePrefix, isAccountKey, parseKey, reservationPrefix } from "../storage/keys.ts";
import { decodeAroundDamage, isDamage, isNoRoom, readAroundDamage } from "../storage/read-around-damage.ts";
import type { StoredAccount } from "../storage/store.ts";
import { healLock } from "../storage/uniqueness.ts";

const PAGE = 1_000;

/** How many damaged keys the report names. It counts all. */
const MAXIMUM_NAMED = 100;

/**
 * Continues a merge that was begun and not committed only if there is a hook `merge`: without it the application's data
 * would stay with the guest.
 */
export async function doctor(engine: Engine, options: DoctorOptions = {}): Promise<DoctorReport> {
  const { dryRun = false, onProgress } = options;
  const settings = engine.settings.get(options.collection);
  const report: DoctorReport = {
    guarantee: await engine.store.guarantee(),
    accounts: { anonymous: 0, registered: 0, held: 0, quarantined: 0, merged: 0 },
    merges: { begun: 0, finished: 0, failed: 0 },
    queue: { missing: 0, stray: 0, repaired: 0 },
    damaged: { count: 0, keys: [] },
    complete: false,
    dryRun,
  };
  const reportProgress = () => onProgress?.(structuredClone(report));
  try {
    await examine(engine, settings, options.signal, report, reportProgress);
  } catch (error) {
    if (error instanceof AnonError) reportProgress();
    throw error;
  }
  return report;
}

async function examine(
  engine: Engine,
  settings: Settings,
  signal: AbortSignal | undefined,
  report: DoctorReport,
  reportProgress: () => void,
): Promise<void> {
  if (!report.dryRun) await healLocks(engine, settings, signal, report);
  for await (const page of engine.store.keyPages(accountPrefix(settings.name))) {
    if (signal?.aborted) return;
    const keys = page.filter(isAccountKey);
    const texts = await readAroundDamage(engine.store, keys);
    const reads: StoredAccount[] = [];
    for (const [index, key] of keys.entries()) {
      const read = readOf(settings, key, texts[index] ?? null, report);
      if (!read) continue;
      reads.push(read);
      count(read.account, report);
      if (isUnfinished(read) || read.account.merging) await resume(engine, settings, read, report);
    }
    await compareWithQueue(engine, settings, reads, report);
    reportProgress();
  }
  if (!(await requeueShortLived(engine, settings, signal, report))) return;
  report.complete = await removeStrayEntries(engine, settings, signal, report);
}

function readOf(
  settings: Settings,
  key: string,
  text: string | null | AnonError,
  report: DoctorReport,
): StoredAccount | null {
  if (text === null) return null;
  const account = text instanceof AnonError ? text : decodeAroundDamage(settings.name, key, text);
  if (!(account instanceof AnonError)) return { key, text: text as string, account };
  damaged(key, report);
  return null;
}

function damaged(key: string, { damaged: all }: DoctorReport): void {
  all.count++;
  if (all.keys.length < MAXIMUM_NAMED) all.keys.push(key);
}

function count(account: Account, { accounts }: DoctorReport): void {
  accounts[stateOf(account)]++;
  if (account.hold) accounts.held++;
}

async function resume(
  engine: Engine,
  settings: Settings,
  read: StoredAccount,
  { merges, dryRun }: DoctorReport,
): Promise<void> {
  const isCommitted = isUnfinished(read);
  merges.begun++;
  // the merge of a guest on hold or in quarantine cannot be committed, but the hook would already have moved its data
  const waits = read.account.hold !== undefined || !isInUse(read.account);
  if (dryRun || !(isCommitted || (engine.hooks.has("merge") && !waits))) return;
  try {
    if (isCommitted) await finishMerge(engine, settings, read);
    else await commitMerge(engine, settings, read.account as MarkedGuest);
    merges.finished++;
  } catch (error) {
    // an outage ends the run; after any other failure the guest is as it was, and the run continues
    if (error instanceof AnonError && error.code === "storage_unavailable" && !isNoRoom(error)) throw error;
    merges.failed++;
  }
}

/**
 * Gives every guest an entry in the queue, and takes registered accounts out of it. The time of an entry is not judged: it
 * follows from the `activityResolution` and the `quarantine` that were in force when it was written.
 */
async function compareWithQueue(
  engine: Engine,
  settings: Settings,
  reads: StoredAccount[],
  report: DoctorReport,
): Promise<void> {
  const times = await engine.store.dueTimes(reads.map(({ key }) => key));
  if (times === null) report.queue = null;
  const { queue, dryRun } = report;
  if (times === null || queue === null) return;
  await Promise.all(
    reads.map(async (read, index) => {
      const due = dueOf(read.account, settings);
      if ((due === null) === ((times[index] ?? null) === null)) return;
      // the swap fails if the account changed after it was read, because that writer has queued it
      const isSame = dryRun
        ? (await engine.store.readText(read.key)) === read.text
        : await unlessNoRoom(engine.store.replace(read, read.account, due));
      if (isSame === false) return;
      queue[due === null ? "stray" : "missing"]++;
      if (isSame && !dryRun) queue.repaired++;
    }),
  );
}

/** What a repair returned; `null` when the storage has no room for it, so that it is counted as not repaired. */
async function unlessNoRoom(repair: Promise<boolean>): Promise<boolean | null> {
  try {
    return await repair;
  } catch (error) {
    if (!isNoRoom(error)) throw error;
    return null;
  }
}

/** Queues codes and reservations again: gc finds expired ones by the queue alone. */
async function requeueShortLived(
  engine: Engine,
  { name }: Settings,
  signal: AbortSignal | undefined,
  report: DoctorReport,
): Promise<boolean> {
  const { queue, dryRun } = report;
  if (!queue) return true;
  const kinds = [
    { prefix: codePrefix(name), dueOf: dueOfCode },
    { prefix: reservationPrefix(name), dueOf: dueOfReservation },
  ];
  for (const { prefix, dueOf } of kinds) {
    for await (const keys of engine.store.keyPages(prefix)) {
      if (signal?.aborted) return false;
      const times = (await engine.store.dueTimes(keys)) ?? [];
      const lost = keys.filter((_, index) => times[index] === null);
      const texts = await readAroundDamage(engine.store, lost);
      for (const [index, key] of lost.entries()) {
        const text = texts[index] ?? null;
        if (text instanceof AnonError) damaged(key, report);
        if (text === null || text instanceof AnonError) continue;
        const isSame = dryRun || (await unlessNoRoom(engine.store.swap(key, text, text, dueOf(text))));
        if (isSame === false) continue;
        queue.missing++;
        if (isSame && !dryRun) queue.repaired++;
      }
    }
  }
  return true;
}

/** Removes entries without an account. Redis leaves them when it loses or evicts a value. */
async function removeStrayEntries(
  engine: Engine,
  settings: Settings,
  signal: AbortSignal | undefined,
  { queue, dryRun }: DoctorReport,
): Promise<boolean> {
  if (!queue) return true;
  let cursor: string | null = null;
  do {
    if (signal?.aborted) return false;
    const page = await engine.store.due(Number.MAX_SAFE_INTEGER, PAGE, cursor);
    cursor = page.cursor;
    const keys = page.entries.map(({ key }) => key).filter((key) => isAccountOf(settings, key));
    const texts = await readAroundDamage(engine.store, keys);
    const stray = keys.filter((_, index) => texts[index] === null);
    for (const key of stray) {
      if (!dryRun && !(await engine.store.swap(key, null, null))) continue;
      queue.stray++;
      if (!dryRun) queue.repaired++;
    }
  } while (cursor !== null);
  return true;
}

function isAccountOf({ name }: Settings, key: string): boolean {
  const parsed = parseKey(key);
  return parsed?.type === "account" && parsed.collection === name;
}

/** Locks that were not confirmed are at the beginning of the due queue. */
async function healLocks(
  engine: Engine,
  { name }: Settings,
  signal: AbortSignal | undefined,
  report: DoctorReport,
): Promise<void> {
  let cursor: string | null = null;
  do {
    const page = await engine.store.due(0, PAGE, cursor);
    cursor = page.cursor;
    for (const { key } of page.entries) {
      const parsed = parseKey(key);
      if (parsed?.type !== "lock" || parsed.collection !== name) continue;
      try {
        await healLock(engine, name, key);
      } catch (error) {
        // without room the lock stays in the queue, where gc or the next call finds it
        if (isNoRoom(error)) continue;
        if (!isDamage(error)) throw error;
        damaged(key, report);
      }
    }
  } while (cursor !== null && !signal?.aborted);
}
