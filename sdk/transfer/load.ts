import { AnonError } from "../errors.ts";
import { parseKey } from "../storage/keys.ts";
import type { AtomicDriver } from "../storage/port.ts";
import { readHeader, readLine } from "./dump-format.ts";
import { checkCollection, type FailedEntry, type KeyedEntry, reader } from "./entries.ts";
import { createSample } from "./sample.ts";
import { isSame, type WriteOptions, writeEntries } from "./write-entries.ts";

/** What is loaded, and what happens to what the target has already: by default that stays. */
export interface LoadOptions extends Partial<WriteOptions> {
  /** Only this collection; all of the dump if it is left out. */
  collection?: string | undefined;
  /** Ends after the page under way. */
  signal?: AbortSignal | undefined;
  /** Called after each page. The report is the same object each time. */
  onProgress?: ((report: LoadReport) => void) | undefined;
  /** Called for each line that is no entry, and each entry that could not be stored. */
  onFailed?: ((failed: FailedEntry) => void) | undefined;
}

/** What a load did, in numbers of entries: accounts, locks, codes and reservations. */
export interface LoadReport {
  /** Read of the dump. */
  examined: number;
  /** Stored where there was nothing. */
  copied: number;
  /** Already there, with the same value and due time. */
  present: number;
  /** Replaced, with `overwrite`. */
  overwritten: number;
  /** Another value or due time is there and stays, without `overwrite`. */
  differing: number;
  failed: number;
  /** How many were read again in the end, and how many of them were not what was loaded. */
  sample: { read: number; wrong: number };
  /** Whether the dump came to its end with as many entries as it says. */
  complete: boolean;
  dryRun: boolean;
}

/** How many entries are written together. */
const PAGE = 1_000;

/**
 * Stores the entries of a dump. It holds a few pages in memory. A load that was interrupted continues when it is repeated: what
 * is there already is only read.
 *
 * @param texts The dump, in pieces of any length
 * @throws {AnonError} `invalid_options` for what is no dump, and for a driver without `readEntries`; `invalid_collection`.
 * Rejects with what the storage rejects with
 *
 * @example
 * ```ts
 * import memory from "anon-accounts/drivers/memory";
 * import { dump, load } from "anon-accounts/transfer";
 *
 * const report = await load(memory(), dump(memory()));
 * console.assert(report.examined === 0 && report.complete);
 * ```
 */
export async function load(
  target: AtomicDriver,
  texts: AsyncIterable<string> | Iterable<string>,
  options: LoadOptions = {},
): Promise<LoadReport> {
  const { collection, signal, overwrite = false, dryRun = false, onProgress, onFailed } = options;
  reader(target);
  checkCollection(collection);
  const report: LoadReport = {
    ...{ examined: 0, copied: 0, present: 0, overwritten: 0, differing: 0, failed: 0 },
    ...{ sample: { read: 0, wrong: 0 }, complete: false, dryRun },
  };
  const sample = createSample<KeyedEntry>();
  const fail = (all: readonly FailedEntry[]): void => {
    report.failed += all.length;
    for (const one of all) onFailed?.(one);
  };
  const write = async (page: readonly KeyedEntry[]): Promise<void> => {
    const written = await writeEntries(target, page, { overwrite, dryRun });
    for (const name of ["copied", "present", "overwritten", "differing"] as const) report[name] += written[name];
    fail(written.failed);
    if (!dryRun) written.stored.forEach(sample.add);
    onProgress?.(report);
  };
  let page: KeyedEntry[] = [];
  let number = 0;
  let entries = 0;
  for await (const line of linesOf(texts)) {
    if (signal?.aborted) break;
    number++;
    // editors and shells add them
    if (line === "" && number > 1) continue;
    if (report.complete) throw new AnonError("invalid_options", "Cannot load what follows the end of a dump");
    if (number === 1) readHeader(line);
    const read = number === 1 ? undefined : readLine(line);
    if (read === undefined) continue;
    if (read !== null && "end" in read) {
      report.complete = read.entries === entries;
      continue;
    }
    entries++;
    if (read === null) {
      fail([{ key: `line ${number}`, reason: "it is no entry of a dump" }]);
    } else if (collection === undefined || parseKey(read.key)?.collection === collection) {
      report.examined++;
      if (page.push(read) < PAGE) continue;
      await write(page);
      page = [];
    }
  }
  if (number === 0) readHeader("");
  if (page.length > 0 && !signal?.aborted) await write(page);
  if (!dryRun) {
    const stored = await reader(target)(sample.items.map(({ key }) => key));
    const wrong = sample.items.filter((entry, at) => !isSame(stored[at], entry));
    report.sample = { read: sample.items.length, wrong: wrong.length };
  }
  return report;
}

async function* linesOf(texts: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
  let pending = "";
  for await (const text of texts) {
    const lines = (pending + text).split("\n");
    pending = lines.pop() ?? "";
    yield* lines;
  }
  if (pending !== "") yield pending;
}
