/** Accounts and uniqueness locks over the port, with its failures turned into errors of the SDK. */

import type { Account } from "../account/account.ts";
import { encodeAccount } from "../account/codec.ts";
import { decodeAccount } from "../account/codec-fast.ts";
import { isInUse, stateOf } from "../account/state.ts";
import { isFlat, RecurringValues } from "../recurring-values.ts";
import type { DriverHandle } from "./driver-handle.ts";
import { accountKey } from "./keys.ts";
import type { AtomicDriver, DueDeleted, DueDeletion, DuePage, Guarantee, JointSwap, SwapOptions } from "./port.ts";
import { storageError } from "./storage-error.ts";

// enough for one round trip to be shared by many, little enough to stay bounded in memory
const PAGE = 256;

/** An account as it was read: `text` is what a swap must find unchanged. */
export interface StoredAccount {
  readonly key: string;
  readonly text: string;
  readonly account: Account;
}

/** Of an account that is kept decoded, so that those of all slots take a few megabytes at most. */
const LONGEST_KEPT = 1_024;

/** What the operations see of storage. Every method rejects with `storage_unavailable` when the driver does. */
export interface Store {
  /** Which other writers the driver's `swap` excludes. */
  guarantee(): Promise<Guarantee>;
  readText(key: string): Promise<string | null>;
  /** An account in use: `null` for one in quarantine and for a guest that was merged into another account. */
  readAccount(collection: string, id: string): Promise<StoredAccount | null>;
  /** Like `readAccount`, but also an account in quarantine. */
  readUnmerged(collection: string, id: string): Promise<StoredAccount | null>;
  /** Any account, also in quarantine or merged. */
  readAny(collection: string, id: string): Promise<StoredAccount | null>;
  /**
   * What `use` makes of any account, also in quarantine or merged. No promise if the driver has the value at once, and `use`
   * returns none. Never throws.
   */
  useAny<T>(collection: string, id: string, use: (read: StoredAccount | null) => T | Promise<T>): T | Promise<T>;
  /** The texts of many keys, `null` where there is none. */
  readTexts(keys: readonly string[]): Promise<(string | null)[]>;
  /** The driver's `deleteDue`; without one it deletes nothing. */
  deleteDue(before: number, what: DueDeletion): Promise<DueDeleted>;
  swap: AtomicDriver["swap"];
  /** The driver's `swapAll`; `null` when it has none, and nothing has changed. */
  swapAll(swaps: readonly JointSwap[], options?: SwapOptions): Promise<boolean | null>;
  /** Stores the text of a new account. */
  create(key: string, text: string, due: number | null): Promise<boolean>;
  /** Replaces an account against the very value it was read as; a registered one must survive a power loss. */
  replace(read: StoredAccount, account: Account, due: number | null): Promise<boolean>;
  due(before: number, limit: number, cursor: string | null): Promise<DuePage>;
  /** When each key is due by the queue itself; `null` instead of a list when the driver has no `dueTimes`. */
  dueTimes(keys: readonly string[]): Promise<(number | null)[] | null>;
  /** The keys that begin with `prefix`, by the page. */
  keyPages(prefix: string): AsyncIterable<string[]>;
  dispose(): Promise<void>;
}

/** Wraps a driver. */
export function createStore(storage: DriverHandle): Store {
  const opened = async <T>(use: (driver: AtomicDriver) => T | Promise<T>): Promise<T> =>
    use(storage.driver ?? (await storage.open()));
  // neither this nor a read of one value is an async function: its promise would be felt in every sign-in. A driver in
  // JavaScript may return a value at once, or a promise of its own kind; of a promise, `Promise.resolve` makes no other.
  const swap: Store["swap"] = (key, expected, next, due, options) => {
    try {
      const { driver } = storage;
      if (!driver) return opened((one) => one.swap(key, expected, next, due, options)).then(undefined, writeFailed);
      return Promise.resolve(driver.swap(key, expected, next, due, options)).then(undefined, writeFailed);
    } catch (cause) {
      return Promise.reject(storageError("write", cause));
    }
  };
  const read = (key: string): Promise<string | null> => {
    try {
      return storage.driver ? Promise.resolve(storage.driver.read(key)) : opened((driver) => driver.read(key));
    } catch (cause) {
      return Promise.reject(cause);
    }
  };
  const readText: Store["readText"] = (key) => read(key).then(undefined, readFailed);
  const recurring = new RecurringValues<StoredAccount>();
  const useAny: Store["useAny"] = (collection, id, use) => {
    const found = recurring.find(id);
    const known = found?.account.collection === collection ? found : undefined;
    const key = known?.key ?? accountKey(collection, id);
    const useText = (text: string | null) => {
      // the same text has the same account; it is read each time, because another process may have changed it
      if (known && text === known.text) return use(known);
      if (text === null) return use(null);
      const account = decodeAccount(collection, id, key, text);
      if (text.length <= LONGEST_KEPT && isFlat(account.data))
        recurring.add(id, (own) => ({ key: accountKey(collection, own), text, account: { ...account, id: own } }));
      return use({ key, text, account });
    };
    try {
      const text = storage.driver?.read.now?.(key);
      if (text !== undefined) return useText(text);
    } catch (error) {
      return Promise.reject(error);
    }
    return read(key).then(useText, readFailed);
  };
  const readIf = async (
    collection: string,
    id: string,
    isWanted: (account: Account) => boolean,
  ): Promise<StoredAccount | null> =>
    useAny(collection, id, (stored) => (stored && isWanted(stored.account) ? stored : null));
  return {
    guarantee: () => guard("open", () => opened((driver) => driver.guarantee)),
    swap,
    swapAll: (swaps, options) => guard("write", () => opened((driver) => driver.swapAll?.(swaps, options) ?? null)),
    readText,
    readAccount: (collection, id) => readIf(collection, id, isInUse),
    readUnmerged: (collection, id) => readIf(collection, id, (account) => stateOf(account) !== "merged"),
    readAny: (collection, id) => readIf(collection, id, () => true),
    useAny,
    readTexts: (keys) =>
      guard("read", () => opened((driver) => driver.readMany?.(keys) ?? Promise.all(keys.map(readText)))),
    deleteDue: (before, what) =>
      guard("write", () => opened((driver) => driver.deleteDue?.(before, what) ?? { deleted: 0, cursor: null })),
    create: (key, text, due) => swap(key, null, text, due),
    replace: (read, account, due) =>
      swap(read.key, read.text, encodeAccount(account), due, { durable: !account.anonymous }),
    due: (before, limit, cursor) =>
      guard("read the due queue of", () => opened((driver) => driver.due(before, { limit, cursor }))),
    dueTimes: (keys) => guard("read the due queue of", () => opened((driver) => driver.dueTimes?.(keys) ?? null)),
    async *keyPages(prefix) {
      try {
        const driver = await opened((one) => one);
        yield* driver.keyPages?.(prefix) ?? paged(driver.keys(prefix));
      } catch (cause) {
        throw storageError("list", cause);
      }
    },
    dispose: () => guard("close", () => storage.dispose()),
  };
}

async function* paged(keys: AsyncIterable<string>): AsyncGenerator<string[]> {
  let page: string[] = [];
  for await (const key of keys) {
    if (page.push(key) < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

async function guard<T>(verb: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw storageError(verb, cause);
  }
}

function readFailed(cause: unknown): never {
  throw storageError("read", cause);
}

function writeFailed(cause: unknown): never {
  throw storageError("write", cause);
}
