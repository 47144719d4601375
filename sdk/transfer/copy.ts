import { AnonError } from "../errors.ts";
import type { AtomicDriver } from "../storage/port.ts";
import {
  checkCollection,
  countKeys,
  type FailedEntry,
  type KeyedEntry,
  keyPages,
  readEntries,
  reader,
} from "./entries.ts";
import { readAhead } from "./read-ahead.ts";
import { createSample } from "./sample.ts";
import { isSame, type WriteOptions, writeEntries } from "./write-entries.ts";

/** What is copied, and what happens to what the target has already: by default that stays. */
export interface CopyOptions extends Partial<WriteOptions> {
  /** Only this collection; all if it is left out. */
  collection?: string | undefined;
  /** Delete at the target what the source does not have. */
  remove?: boolean;
  /** Ends the copy after the page under way. */
  signal?: AbortSignal | undefined;
  /** Called after each page. The report is the same object each time. */
  onProgress?: ((report: CopyReport) => void) | undefined;
  /** Called for each entry that could not be copied. */
  onFailed?: ((failed: FailedEntry) => void) | undefined;
}

/** What a copy did, in numbers of entries: accounts, locks, codes and reservations. */
export interface CopyReport {
  /** Read of the source. */
  examined: number;
  /** Stored at the target where there was nothing. */
  copied: number;
  /** Already at the target, with the same value and due time. */
  present: number;
  /** Replaced at the target, with `overwrite`. */
  overwritten: number;
  /** Another value or due time is at the target and stays, without `overwrite`. */
  differing: number;
  /** Deleted at the target, with `remove`. */
  removed: number;
  /** At the target alone: of its own, or deleted at the source since an earlier copy. `null` if the copy was interrupted. */
  extra: number | null;
  /** Copied, and not at the target in the end: something else deleted them there. `null` as `extra`. */
  missing: number | null;
  failed: number;
  /** How many were read again at the target in the end, and how many of them were not what was copied. */
  sample: { read: number; wrong: number };
  /** Whether every page was copied. */
  complete: boolean;
  dryRun: boolean;
}

/**
 * Copies all entries of a storage, or of one collection, to another one. It holds a few pages in memory. A copy that was
 * interrupted continues when it is repeated: what is at the target already is only read.
 *
 * @throws {AnonError} `invalid_options` for a driver without `readEntries`, the same driver twice, and `remove` with an
 * empty source; `invalid_collection`. Rejects with what a storage rejects with
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { copy } from "anon-accounts/transfer";
 *
 * const [source, target] = [memory(), memory()];
 * const secret = "a secret of at least 32 characters!";
 * const { token } = await createAnon({ storage: source, secret }).signInAnonymously();
 * const { copied } = await copy(source, target);
 * console.assert(copied === 1);
 * console.assert((await createAnon({ storage: target, secret }).authenticate(token)) !== null);
 * ```
 */
export async function copy(source: AtomicDriver, target: AtomicDriver, options: CopyOptions = {}): Promise<CopyReport> {
  const { collection, signal, overwrite = false, remove = false, dryRun = false, onProgress, onFailed } = options;
  for (const driver of [source, target]) reader(driver);
  checkCollection(collection);
  if (source === target) throw new AnonError("invalid_options", "Cannot copy a storage to itself");
  const report: CopyReport = {
    ...{
      examined: 0,
      copied: 0,
      present: 0,
      overwritten: 0,
      differing: 0,
      removed: 0,
      extra: null,
      missing: null,
      failed: 0,
    },
    ...{ sample: { read: 0, wrong: 0 }, complete: false, dryRun },
  };
  const sample = createSample<KeyedEntry>();
  const fail = (all: readonly FailedEntry[]): void => {
    report.failed += all.length;
    for (const one of all) onFailed?.(one);
  };
  for await (const { entries, failed } of readAhead(source, collection, signal)) {
    fail(failed);
    const written = await writeEntries(target, entries, { overwrite, dryRun });
    report.examined += entries.length + failed.length;
    for (const name of ["copied", "present", "overwritten", "differing"] as const) report[name] += written[name];
    fail(written.failed);
    if (!dryRun) written.stored.forEach(sample.add);
    onProgress?.(report);
  }
  if (signal?.aborted) return report;
  if (remove && report.examined === 0) {
    throw new AnonError(
      "invalid_options",
      "Cannot remove everything at the target: the source is empty, check that it is the right one",
    );
  }
  const { copied, present, overwritten, differing } = report;
  const expected = (dryRun ? 0 : copied) + present + overwritten + differing;
  const held = await countKeys(target, collection);
  report.extra = 0;
  // it reads all keys of both again, which takes as long as a third of the copy
  if (held !== expected || remove) {
    for await (const keys of keyPages(target, collection)) {
      if (signal?.aborted) return { ...report, extra: null };
      await compareBack(source, target, keys, { remove, dryRun }, report);
      onProgress?.(report);
    }
  }
  report.missing = Math.max(0, expected + report.extra + report.removed - held);
  // a source that lists a key twice was counted twice: what is missing is looked for
  if (report.missing > 0) report.missing = Math.min(report.missing, await countAbsent(source, target, options));
  const stored = await reader(target)(sample.items.map(({ key }) => key));
  const wrong = sample.items.filter((entry, at) => !isSame(stored[at], entry));
  return { ...report, sample: { read: sample.items.length, wrong: wrong.length }, complete: true };
}

/** How many entries of the source are not at the target. */
async function countAbsent(
  source: AtomicDriver,
  target: AtomicDriver,
  { collection, signal }: CopyOptions,
): Promise<number> {
  let count = 0;
  for await (const { entries } of readAhead(source, collection, signal)) {
    const stored = await reader(target)(entries.map(({ key }) => key));
    count += stored.filter((entry) => entry === null).length;
  }
  return count;
}

/** Looks in the source for what the target has. */
async function compareBack(
  source: AtomicDriver,
  target: AtomicDriver,
  keys: readonly string[],
  { remove, dryRun }: { remove: boolean; dryRun: boolean },
  report: CopyReport,
): Promise<void> {
  const { entries, failed } = await readEntries(source, keys);
  const known = new Set([...entries, ...failed].map(({ key }) => key));
  const extra = keys.filter((key) => !known.has(key));
  if (!remove || extra.length === 0) {
    report.extra = (report.extra ?? 0) + extra.length;
    return;
  }
  const { entries: stored } = await readEntries(target, extra);
  const removed = await Promise.all(
    stored.map(async ({ key, value }) => dryRun || (await target.swap(key, value, null))),
  );
  report.removed += removed.filter(Boolean).length;
  report.extra = (report.extra ?? 0) + extra.length - removed.filter(Boolean).length;
}
