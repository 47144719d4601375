/** What a storage holds, by the page: keys, values and due times. */
import { AnonError } from "../errors.ts";
import { checkCollectionName } from "../settings/collections.ts";
import { accountPrefix, codePrefix, lockPrefix, reservationPrefix } from "../storage/keys.ts";
import type { AtomicDriver, StoredEntry } from "../storage/port.ts";
import { createKeySum, type KeySum } from "./key-sum.ts";

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

/** The codes of errors that are about one key or value; all others are about the storage. */
const OF_ONE_ENTRY: ReadonlySet<unknown> = new Set(["corrupt", "invalid_key", "invalid_value"]);

/**
 * All keys of a storage or of one collection, in pages of at most 1,000. First those of accounts, then all others: a copy of a
 * storage in use may have the lock of an account that got it meanwhile, which is harmless; an account without its lock could
 * lose its email to another person.
 */
export async function* keyPages(driver: AtomicDriver, collection?: string): AsyncGenerator<string[]> {
  const name = collection ?? null;
  yield* pagesOf(driver, accountPrefix(name));
  if (name !== null) {
    for (const prefix of [lockPrefix(name), codePrefix(name), reservationPrefix(name)]) yield* pagesOf(driver, prefix);
    return;
  }
  // of all keys, because Redis and fs look at every key for each prefix
  yield* pagesOf(driver, "", (key) => isOneOf(OTHERS, key));
}

const OTHERS = [lockPrefix(null), codePrefix(null), reservationPrefix(null)];
const ALL = [accountPrefix(null), ...OTHERS];

function isOneOf(prefixes: readonly string[], key: string): boolean {
  return prefixes.some((prefix) => key.startsWith(prefix));
}

/** The keys that `keyPages` lists, in any order. */
export async function sumOfKeys(driver: AtomicDriver, collection?: string): Promise<KeySum> {
  const sum = createKeySum();
  const pages =
    collection === undefined ? pagesOf(driver, "", (key) => isOneOf(ALL, key)) : keyPages(driver, collection);
  for await (const page of pages) page.forEach(sum.add);
  return sum;
}

async function* pagesOf(
  driver: AtomicDriver,
  prefix: string,
  isWanted: (key: string) => boolean = () => true,
): AsyncGenerator<string[]> {
  let page: string[] = [];
  for await (const some of driver.keyPages?.(prefix) ?? single(driver.keys(prefix))) {
    for (const key of some) {
      if (!isWanted(key) || page.push(key) < PAGE) continue;
      yield page;
      page = [];
    }
  }
  if (page.length > 0) yield page;
}

/** The entries of keys: those that are there, and those that cannot be read. */
export async function readEntries(
  driver: AtomicDriver,
  keys: readonly string[],
): Promise<{ entries: KeyedEntry[]; failed: FailedEntry[] }> {
  const failed: FailedEntry[] = [];
  const stored = await readAround(driver, keys, failed);
  const entries = stored.flatMap((entry, at) => (entry ? [{ key: keys[at] as string, ...entry }] : []));
  return { entries, failed };
}

/** If one value of a page is damaged, the others are read without it. */
async function readAround(
  driver: AtomicDriver,
  keys: readonly string[],
  failed: FailedEntry[],
): Promise<(StoredEntry | null)[]> {
  const read = reader(driver);
  try {
    return await read(keys);
  } catch (error) {
    if (!isOfOneEntry(error)) throw error;
    if (keys.length === 1) {
      failed.push({ key: keys[0] as string, reason: reasonOf(error) });
      return [null];
    }
    const middle = keys.length >> 1;
    const halves = [keys.slice(0, middle), keys.slice(middle)];
    return (await Promise.all(halves.map((half) => readAround(driver, half, failed)))).flat();
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

/** @throws {AnonError} `invalid_options` for a driver without `readEntries` */
export function reader(driver: AtomicDriver): (keys: readonly string[]) => Promise<(StoredEntry | null)[]> {
  if (driver.readEntries) return driver.readEntries.bind(driver);
  throw new AnonError(
    "invalid_options",
    `Cannot copy with the driver ${driver.name ?? "of this storage"}: it has no readEntries, which reads a value with its due time`,
  );
}

/** Whether an error is about one key or value, and not about the storage. */
export function isOfOneEntry(error: unknown): boolean {
  return OF_ONE_ENTRY.has((error as { code?: unknown } | null)?.code);
}

/** What is wrong, without a value. Messages of drivers have none. */
export function reasonOf(error: unknown): string {
  return String((error as Error | null)?.message ?? error).split("\n")[0] as string;
}

async function* single(keys: AsyncIterable<string>): AsyncGenerator<string[]> {
  for await (const key of keys) yield [key];
}
