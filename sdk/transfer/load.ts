import { AnonError } from "../errors.ts";
import { parseKey } from "../storage/keys.ts";
import type { AtomicDriver } from "../storage/port.ts";
import { readHeader, readLine } from "./dump-format.ts";
import { checkCollection, type FailedEntry, type KeyedEntry } from "./entries.ts";
import { linesOf } from "./lines.ts";
import { reportedWriter, type TransferReport } from "./report.ts";
import { storageOf } from "./storage.ts";
import { untilAborted } from "./until-aborted.ts";
import type { WriteOptions } from "./write-entries.ts";

/** What is loaded, and what happens to what the target has already: by default that stays. */
export interface LoadOptions extends Partial<WriteOptions> {
  /** Only this collection; all of the dump if it is left out. */
  collection?: string | undefined;
  /** Ends after the page under way, and at once while the dump is awaited. */
  signal?: AbortSignal | undefined;
  /** Called after each page. The report is the same object each time. */
  onProgress?: ((report: LoadReport) => void) | undefined;
  /** Called for each line that is no entry, and each entry that could not be stored. */
  onFailed?: ((failed: FailedEntry) => void) | undefined;
}

/** What a load did. `complete`: the dump came to its end, with as many entries as it says, and has all of its storage. */
export interface LoadReport extends TransferReport {
  /** Entries that could not be read when the dump was made, as its end says. They are not in it. */
  notDumped: number;
}

/** How many entries are written together. */
const PAGE = 1_000;

/**
 * Stores the entries of a dump. It holds a few pages in memory. A load that was interrupted continues when it is repeated: what
 * is there already is only read.
 *
 * @param texts The dump, in pieces of any length
 * @throws {AnonError} `invalid_options` for what is no dump, for a line of over 16 million characters, and for a driver without
 * `readEntries`; `invalid_collection`; `storage_unavailable`. Rejects with what `texts` rejects with
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
  const { collection, signal, onProgress } = options;
  const storage = storageOf(target);
  checkCollection(collection);
  const writer = reportedWriter(storage, options, { notDumped: 0 });
  const { report, fail } = writer;
  const write = async (entries: readonly KeyedEntry[]): Promise<void> => {
    await writer.write(entries);
    onProgress?.(report);
  };
  let page: KeyedEntry[] = [];
  let number = 0;
  let entries = 0;
  let isEnded = false;
  for await (const line of linesOf(untilAborted(texts, signal))) {
    // a line that an interrupt cut off is no damaged one
    if (signal?.aborted) break;
    number++;
    // editors and shells add them
    if (line === "" && number > 1) continue;
    if (isEnded) throw new AnonError("invalid_options", "Cannot load what follows the end of a dump");
    if (number === 1) readHeader(line);
    const read = number === 1 ? undefined : readLine(line);
    if (read === undefined) continue;
    if (read !== null && "end" in read) {
      isEnded = true;
      report.notDumped = read.failed;
      report.complete = read.entries === entries && read.failed === 0;
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
  if (number === 0 && !signal?.aborted) readHeader("");
  if (page.length > 0) {
    if (signal?.aborted) report.complete = false;
    else await write(page);
  }
  await writer.readAgain();
  return report;
}
