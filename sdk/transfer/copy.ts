import { AnonError } from "../errors.ts";
import type { AtomicDriver } from "../storage/port.ts";
import { checkCollection, type FailedEntry, keyPages, readEntries, sumOfKeys } from "./entries.ts";
import { createKeySum } from "./key-sum.ts";
import { readAhead } from "./read-ahead.ts";
import { reportedWriter, type TransferReport } from "./report.ts";
import { isSameStorage } from "./same-storage.ts";
import { type EntryStorage, storageOf } from "./storage.ts";
import type { WriteOptions } from "./write-entries.ts";

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

/** What a copy did. `complete`: every page was copied. */
export interface CopyReport extends TransferReport {
  /** Deleted at the target, with `remove`. */
  removed: number;
  /** At the target alone: of its own, or deleted at the source since an earlier copy. `null` if the copy was interrupted. */
  extra: number | null;
  /** Copied, and not at the target in the end: something else deleted them there. `null` as `extra`. */
  missing: number | null;
}

/**
 * Copies all entries of a storage, or of one collection, to another one. It holds a few pages in memory. A copy that was
 * interrupted continues when it is repeated: what is at the target already is only read.
 *
 * @throws {AnonError} `invalid_options` for a driver without `readEntries`, a target that is the source, and `remove` with an
 * empty source; `invalid_collection`; `storage_unavailable`
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
  const { collection, signal, remove = false, dryRun = false, onProgress } = options;
  const [from, to] = [storageOf(source), storageOf(target)];
  checkCollection(collection);
  const isSame = source === target || (!dryRun && (await isSameStorage(from, to, collection)));
  if (isSame) throw new AnonError("invalid_options", "Cannot copy a storage to itself");
  const counts: Pick<CopyReport, "removed" | "extra" | "missing"> = { removed: 0, extra: null, missing: null };
  const writer = reportedWriter(to, options, counts);
  const { report } = writer;
  const expected = createKeySum();
  for await (const { entries, failed } of readAhead(from, collection, signal)) {
    report.examined += entries.length + failed.length;
    writer.fail(failed);
    const there = await writer.write(entries);
    there.forEach(expected.add);
    onProgress?.(report);
  }
  if (signal?.aborted) return report;
  if (remove && report.examined === 0) {
    throw new AnonError(
      "invalid_options",
      "Cannot remove everything at the target: the source is empty, check that it is the right one",
    );
  }
  const held = await sumOfKeys(to, collection, signal);
  if (signal?.aborted) return report;
  report.extra = 0;
  // it reads all keys of both again, which takes as long as a third of the copy
  if (!held.equals(expected) || remove) {
    for await (const keys of keyPages(to, collection)) {
      if (signal?.aborted) return { ...report, extra: null };
      await compareBack(from, to, keys, { remove, dryRun }, report);
      onProgress?.(report);
    }
  }
  report.missing = Math.max(0, expected.count + report.extra + report.removed - held.count);
  // a source that lists a key twice was counted twice: what is missing is looked for
  if (report.missing > 0) report.missing = Math.min(report.missing, await countAbsent(from, to, options));
  if (signal?.aborted) return { ...report, missing: null };
  await writer.readAgain();
  report.complete = true;
  return report;
}

/** How many entries of the source are not at the target. */
async function countAbsent(
  source: EntryStorage,
  target: EntryStorage,
  { collection, signal }: CopyOptions,
): Promise<number> {
  let count = 0;
  for await (const { entries } of readAhead(source, collection, signal)) {
    const stored = await target.readEntries(entries.map(({ key }) => key));
    count += stored.filter((entry) => entry === null).length;
  }
  return count;
}

/** Looks in the source for what the target has. */
async function compareBack(
  source: EntryStorage,
  target: EntryStorage,
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
