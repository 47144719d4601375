/** What a storage holds, by the page: keys, values and due times. */
import { checkCollectionName } from "../settings/collections.ts";
import { accountPrefix, codePrefix, lockPrefix, reservationPrefix } from "../storage/keys.ts";
import type { StoredEntry } from "../storage/port.ts";
import { createKeySum, type KeySum } from "./key-sum.ts";
import { type EntryStorage, isOfOneEntry } from "./storage.ts";

/** One entry of a storage. `due` is in milliseconds since the epoch, `null` for what is not in the due queue. */
export interface KeyedEntry extends StoredEntry {
  key: string;
}

/** An entry that cannot be read, or not be stored elsewhere. */
export interface FailedEntry {
  key: string;
  reason: string;
}

/** How many keys share a read. */
const PAGE = 1_000;

/**
 * All keys of a storage or of one collection, in pages of at most `size`. First those of accounts, then all others: a copy of a
 * storage in use may have the lock of an account that got it meanwhile, which is harmless; an account without its lock could
 * lose its email to another person.
 */
export async function* keyPages(
  storage: EntryStorage,
  collection: string | undefined,
  size: number = PAGE,
): AsyncGenerator<string[]> {
  const name = collection ?? null;
  yield* pagesOf(storage, accountPrefix(name), size);
  if (name !== null) {
    for (const prefix of [lockPrefix(name), codePrefix(name), reservationPrefix(name)]) {
      yield* pagesOf(storage, prefix, size);
    }
    return;
  }
  // of all keys, because Redis and fs look at every key for each prefix
  yield* pagesOf(storage, "", size, (key) => isOneOf(OTHERS, key));
}

const OTHERS = [lockPrefix(null), codePrefix(null), reservationPrefix(null)];
const ALL = [accountPrefix(null), ...OTHERS];

function isOneOf(prefixes: readonly string[], key: string): boolean {
  return prefixes.some((prefix) => key.startsWith(prefix));
}

/** The keys that `keyPages` lists, in any order, or some of them if the signal is aborted. */
export async function sumOfKeys(
  storage: EntryStorage,
  collection: string | undefined,
  signal: AbortSignal | undefined,
): Promise<KeySum> {
  const sum = createKeySum();
  const pages =
    collection === undefined ? pagesOf(storage, "", PAGE, (key) => isOneOf(ALL, key)) : keyPages(storage, collection);
  for await (const page of pages) {
    if (signal?.aborted) break;
    page.forEach(sum.add);
  }
  return sum;
}

async function* pagesOf(
  storage: EntryStorage,
  prefix: string,
  size: number,
  isWanted: (key: string) => boolean = () => true,
): AsyncGenerator<string[]> {
  let page: string[] = [];
  for await (const some of storage.keyPages(prefix)) {
    for (const key of some) {
      if (!isWanted(key) || page.push(key) < size) continue;
      yield page;
      page = [];
    }
  }
  if (page.length > 0) yield page;
}

/** The entries of keys: those that are there, and those that cannot be read. */
export async function readEntries(
  storage: EntryStorage,
  keys: readonly string[],
): Promise<{ entries: KeyedEntry[]; failed: FailedEntry[] }> {
  const failed: FailedEntry[] = [];
  const stored = await readAround(storage, keys, failed);
  const entries = stored.flatMap((entry, at) => (entry ? [{ key: keys[at] as string, ...entry }] : []));
  return { entries, failed };
}

/** If one value of a page is damaged, the others are read without it. */
async function readAround(
  storage: EntryStorage,
  keys: readonly string[],
  failed: FailedEntry[],
): Promise<(StoredEntry | null)[]> {
  try {
    return await storage.readEntries(keys);
  } catch (error) {
    if (!isOfOneEntry(error)) throw error;
    if (keys.length === 1) {
      failed.push({ key: keys[0] as string, reason: reasonOf(error) });
      return [null];
    }
    const middle = keys.length >> 1;
    const halves = [keys.slice(0, middle), keys.slice(middle)];
    return (await Promise.all(halves.map((half) => readAround(storage, half, failed)))).flat();
  }
}

/**
 * Refuses what cannot be the name of a collection: it would look like one without entries.
 *
 * @throws {AnonError} `invalid_collection`
 */
export function checkCollection(collection: string | undefined): void {
  if (collection !== undefined) checkCollectionName(collection);
}

/** What is wrong, without a value. Messages of drivers have none. */
export function reasonOf(error: unknown): string {
  return String((error as Error | null)?.message ?? error).split("\n")[0] as string;
}
