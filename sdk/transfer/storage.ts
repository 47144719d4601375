import { AnonError } from "../errors.ts";
import type { AtomicDriver, StoredEntry } from "../storage/port.ts";
import { storageError } from "../storage/storage-error.ts";

/** What copies, dumps and loads need of a driver. It rejects with errors of the SDK, except for what is about one entry. */
export interface EntryStorage extends Pick<AtomicDriver, "read" | "swap"> {
  /** Whether the driver handles keys by the page. */
  readonly isPaged: boolean;
  keyPages(prefix: string): AsyncIterable<string[]>;
  readEntries(keys: readonly string[]): Promise<(StoredEntry | null)[]>;
}

/** The codes of errors that are about one key or value; all others are about the storage. */
const OF_ONE_ENTRY: ReadonlySet<unknown> = new Set(["corrupt", "invalid_key", "invalid_value"]);

/** @throws {AnonError} `invalid_options` for a driver without `readEntries` */
export function storageOf(driver: AtomicDriver): EntryStorage {
  if (!driver.readEntries) {
    throw new AnonError(
      "invalid_options",
      `Cannot copy with the driver ${driver.name ?? "of this storage"}: it has no readEntries, which reads a value with its due time`,
    );
  }
  const readEntries = driver.readEntries.bind(driver);
  return {
    isPaged: driver.keyPages !== undefined,
    read: (key) => guard("read", () => driver.read(key)),
    readEntries: (keys) => guard("read", () => readEntries(keys)),
    swap: (...swap) => guard("write", () => driver.swap(...swap)),
    async *keyPages(prefix) {
      try {
        yield* driver.keyPages?.(prefix) ?? single(driver.keys(prefix));
      } catch (cause) {
        throw storageError("list", cause);
      }
    },
  };
}

/** Whether an error is about one key or value, and not about the storage. */
export function isOfOneEntry(error: unknown): boolean {
  return OF_ONE_ENTRY.has((error as { code?: unknown } | null)?.code);
}

async function guard<T>(verb: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw isOfOneEntry(error) ? error : storageError(verb, error);
  }
}

async function* single(keys: AsyncIterable<string>): AsyncGenerator<string[]> {
  for await (const key of keys) yield [key];
}
