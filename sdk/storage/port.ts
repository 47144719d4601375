/**
 * The port: what storage must be able to do so that no account is lost or handed to another person.
 *
 * unstorage has no compare-and-set and no ordered listing, so a driver of ours is an unstorage `Driver` with four
 * methods more. Keys hold only `[a-z0-9_:-]`; values are strings that come back exactly as they were written.
 * Every method rejects when the storage fails: a failure is never an answer.
 */
import type { KeyValueDriver, KeyValueStorage } from "./unstorage.ts";

export type { CallOptions, KeyValueDriver, KeyValueStorage, StoredMeta, StoredValue } from "./unstorage.ts";

/**
 * Which other writers a `swap` excludes: calls in this `process`, all processes of this `host` on the same directory, or all
 * clients of the same database (`cluster`).
 */
export type Guarantee = "process" | "host" | "cluster";

/** One entry of the due queue: `due` is in milliseconds since the epoch. */
export interface DueEntry {
  key: string;
  due: number;
}

/** A page of the due queue, oldest first, ties in key order. `cursor` is `null` after the last page. */
export interface DuePage {
  entries: DueEntry[];
  cursor: string | null;
}

/** What is stored under a key: its value, and when it is due in milliseconds since the epoch, `null` for never. */
export interface StoredEntry {
  value: string;
  due: number | null;
}

/** What `deleteDue` is to delete. */
export interface DueDeletion {
  /** The most that one call deletes. */
  limit: number;
  /** The key begins with one of these. */
  keys: readonly string[];
  /** The value begins with this, which is not empty. */
  beginning: string;
  /** The cursor of the previous call, to continue after what that left in the queue; absent or `null` for the beginning. */
  cursor?: string | null;
}

/** What `deleteDue` did. `cursor` is `null` when there is nothing more for it to do. */
export interface DueDeleted {
  deleted: number;
  cursor: string | null;
}

/** What a write asks for beyond the exchange itself. */
export interface SwapOptions {
  /** Ask that this write survives a power loss where the driver can promise that (fs flushes to disk). */
  durable?: boolean;
}

/** One exchange of `swapAll`: what `swap` takes, without deletions. */
export interface JointSwap {
  key: string;
  expected: string | null;
  next: string;
  due?: number | null;
}

/** Counts by subject, each in windows that begin with its first count. */
export interface Counter {
  /** Counts one more and returns `null`. Counts nothing above the limit, and returns the milliseconds until it counts again. */
  take(subject: string): Promise<number | null>;
  /** Counts one less, if any are counted. */
  giveBack(subject: string): Promise<void>;
  /** Counts anew from nothing. */
  clear(subject: string): Promise<void>;
}

/** Secrets that are kept with the accounts. The first signs, all verify. */
export interface SecretFile {
  /** `null` when there is none yet. `exposure` says who else may read it. Throws when it must not be used. */
  read(): { secrets: readonly string[]; file: string; exposure: string | null } | null;
  /** Makes one unless there is one. Of several processes at the same time one makes it, and all get the same secret. */
  make(): { secrets: readonly string[]; file: string; made: boolean };
}

/** Reads the value of a key. */
export interface Read {
  /** The exact string stored under `key`, or `null` when there is none. The empty string is a value. */
  (key: string): Promise<string | null>;

  /**
   * The same at once, for drivers that have values in this process: every request that authenticates does without the
   * promise. It never throws: `undefined` means that only the promise can tell, also where that rejects. It belongs to the
   * function, so that a wrapper with a `read` of its own replaces both. Some have the properties of the function in whose place
   * they are (mocks of tests, tracers), so it returns `undefined` if `this` is another function.
   */
  readonly now?: (this: Read, key: string) => string | null | undefined;
}

/** An unstorage driver that can also exchange values atomically and keep an ordered queue beside them. */
export interface AtomicDriver extends KeyValueDriver {
  /** Which other writers `swap` excludes. */
  readonly guarantee: Guarantee;

  /** Reads the value of a key. */
  readonly read: Read;

  /**
   * Replaces the value of `key` by `next` (`null` deletes it) only if it still is exactly `expected` (`null`: absent).
   * In the same step the key is scheduled in the due queue at `due`, or taken out of it when `due` is absent or `null`
   * or the value is deleted. When it returns `false` nothing has changed, the queue included.
   * `swap(key, null, null)` removes an entry of the queue without a value.
   */
  swap(
    key: string,
    expected: string | null,
    next: string | null,
    due?: number | null,
    options?: SwapOptions,
  ): Promise<boolean>;

  /**
   * Exchanges several values in one step, all or none. When it returns `false`, at least one value was not the expected one,
   * and nothing has changed, the queue included. Takes 1 to 256 swaps, each of another key, and rejects others. Without it the
   * SDK writes an account and its uniqueness locks one after another.
   */
  swapAll?(swaps: readonly JointSwap[], options?: SwapOptions): Promise<boolean>;

  /**
   * The keys that are due at or before the time `before`, oldest first, in pages of at most `limit`. The cursor of a
   * page continues after its last entry, also when entries were removed in between. The cost follows what is due,
   * never what is stored.
   */
  due(before: number, options: { limit: number; cursor?: string | null }): Promise<DuePage>;

  /**
   * Every key that begins with `prefix`, in any order and in bounded memory. A key that exists from the first to the
   * last step is always among them; one that is written or removed meanwhile may or may not be. While the storage
   * reorganises itself a key may come twice (redis).
   */
  keys(prefix: string): AsyncIterable<string>;

  /** What `keys` lists, in pages, for drivers that read pages. Without it the SDK makes pages of its own. */
  keyPages?(prefix: string): AsyncIterable<string[]>;

  /**
   * What `read` returns for each key, in order, for drivers that read many at less cost. Without it the SDK reads them
   * one by one, several at a time.
   */
  readMany?(keys: readonly string[]): Promise<(string | null)[]>;

  /**
   * The value and the due time of each key, in order; `null` for an absent one. Both are of one moment, though not of the
   * same moment for all keys. It is what a copy of the storage needs, and without it none can be made.
   */
  readEntries?(keys: readonly string[]): Promise<(StoredEntry | null)[]>;

  /**
   * When each key is due by the queue itself, in order; `null` for a key without an entry. A value and its entry are written
   * in one step, but an operator may lose the queue alone, and then gc finds nothing. `doctor` compares this with what is
   * stored, and queues again what is missing. Without it, `doctor` does not compare.
   */
  dueTimes?(keys: readonly string[]): Promise<(number | null)[]>;

  /**
   * Deletes what is due at or before `before` and is as `what` says, for drivers that can read values where they are stored.
   * The oldest go first: ties in any order, and some out of order when other calls remove entries meanwhile. Each key is
   * judged and deleted in one step, by the value and the due time that it then has. It may leave some that it could have
   * deleted: `due` lists all that is left. When it rejects, some may have been deleted.
   */
  deleteDue?(before: number, what: DueDeletion): Promise<DueDeleted>;

  /**
   * Counts at most `max` in windows of `seconds`, for drivers with a server that all processes share. The counts are not
   * among `keys`. Without it the SDK counts in its own process.
   */
  counter?(name: string, limit: { max: number; seconds: number }): Counter;

  /** The SQL that makes what the driver needs in its database, for applications that run migrations themselves. */
  schema?(): string;

  /** Keeps a secret beside the accounts: for the CLI, and for `createAnon` without a secret in development. */
  readonly secretFile?: SecretFile;

  /** Closes what the driver opened. Afterwards every call rejects. */
  dispose(): Promise<void>;
}

/** Anything that stores accounts: a driver of ours, any unstorage `Driver`, or an unstorage `Storage`. */
export type AnyStorage = AtomicDriver | KeyValueDriver | KeyValueStorage;

/**
 * Opens a storage by its URL: `(url) => mongodb({ url })`. The scheme of the URL is in lower case, the rest is as it was
 * written. A promise is awaited, so the driver can be imported here.
 */
export type DriverOpener = (url: string) => AnyStorage | PromiseLike<AnyStorage>;
