import type { AtomicDriver } from "../storage/port.ts";
import { endLine, entryLine, headerLine } from "./dump-format.ts";
import { checkCollection, type FailedEntry, reader } from "./entries.ts";
import { readAhead } from "./read-ahead.ts";

/** What is dumped. */
export interface DumpOptions {
  /** Only this collection; all if it is left out. */
  collection?: string | undefined;
  /** Ends the dump after the page under way, without the line that ends a whole one. */
  signal?: AbortSignal | undefined;
  /** Called with the number of entries so far, after each page. */
  onProgress?: ((entries: number) => void) | undefined;
  /** Called for each entry that cannot be read, which is then not in the dump. */
  onFailed?: ((failed: FailedEntry) => void) | undefined;
}

/**
 * All entries of a storage, or of one collection, as JSON lines, which {@link load} stores again: a backup. Each text has
 * many lines, and a few pages are in memory. It holds hashes of passwords and ids of sessions, so keep it as secret as the
 * storage.
 *
 * @throws {AnonError} `invalid_options` for a driver without `readEntries`, `invalid_collection`. Rejects with what the storage
 * rejects with
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
  reader(source);
  checkCollection(collection);
  yield headerLine(collection, Date.now());
  let count = 0;
  for await (const { entries, failed } of readAhead(source, collection, signal)) {
    for (const one of failed) onFailed?.(one);
    count += entries.length;
    // a caller that prints each text with a line end would print an empty line
    if (entries.length > 0) yield entries.map(entryLine).join("");
    onProgress?.(count);
  }
  if (!signal?.aborted) yield endLine(count);
}
