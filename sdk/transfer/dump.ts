import type { AtomicDriver } from "../storage/port.ts";
import { endLine, entryLine, headerLine } from "./dump-format.ts";
import { checkCollection, type FailedEntry } from "./entries.ts";
import { LONGEST_LINE } from "./lines.ts";
import { readAhead } from "./read-ahead.ts";
import { storageOf } from "./storage.ts";

/**
 * So many entries are read together, and so many lines share a text. With these the peak of a dump of a million accounts on Bun
 * is a quarter above that of ten thousand; with twice as many it was a third, in the same time.
 */
const PAGE = 128;
const LINES = 32;

const TOO_LONG = `its line would be longer than ${LONGEST_LINE / 1_000_000} million characters`;

/** What is dumped. */
export interface DumpOptions {
  /** Only this collection; all if it is left out. */
  collection?: string | undefined;
  /** Ends the dump after the page under way, without the line that ends a whole one. */
  signal?: AbortSignal | undefined;
  /** Called with the number of entries so far, after each page. */
  onProgress?: ((entries: number) => void) | undefined;
  /** Called for each entry that cannot be read, or is longer than a dump may have. It is not in the dump, whose end counts it. */
  onFailed?: ((failed: FailedEntry) => void) | undefined;
}

/**
 * All entries of a storage, or of one collection, as JSON lines, which {@link load} stores again: a backup. Each text has
 * many lines, and a few pages are in memory. It holds hashes of passwords and ids of sessions, so keep it as secret as the
 * storage.
 *
 * @throws {AnonError} `invalid_options` for a driver without `readEntries`, `invalid_collection`, `storage_unavailable`
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { dump, load } from "anon-accounts/transfer";
 *
 * const storage = memory();
 * const secret = "a secret of at least 32 characters!";
 * const { token } = await createAnon({ storage, secret }).signInAnonymously();
 * const backup = await Array.fromAsync(dump(storage));
 *
 * const restored = memory();
 * const { copied, complete } = await load(restored, backup);
 * console.assert(copied === 1 && complete);
 * console.assert((await createAnon({ storage: restored, secret }).authenticate(token)) !== null);
 * ```
 */
export async function* dump(source: AtomicDriver, options: DumpOptions = {}): AsyncGenerator<string, void> {
  const { collection, signal, onProgress, onFailed } = options;
  const storage = storageOf(source);
  checkCollection(collection);
  yield headerLine(collection, Date.now());
  let count = 0;
  let failures = 0;
  const fail = (one: FailedEntry): void => {
    failures++;
    onFailed?.(one);
  };
  for await (const { entries, failed } of readAhead(storage, collection, signal, PAGE)) {
    failed.forEach(fail);
    let lines: string[] = [];
    for (const entry of entries) {
      const line = entryLine(entry);
      if (line.length > LONGEST_LINE) {
        fail({ key: entry.key, reason: TOO_LONG });
        continue;
      }
      count++;
      if (lines.push(line) < LINES) continue;
      yield lines.join("");
      lines = [];
    }
    // a caller that prints each text with a line end would print an empty line
    if (lines.length > 0) yield lines.join("");
    onProgress?.(count);
  }
  if (!signal?.aborted) yield endLine(count, failures);
}
