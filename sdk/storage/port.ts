/**
 * The port: what storage must be able to do so that no account is lost or handed to another person.
 *
 * unstorage has no compare-and-set and no ordered listing, so a driver of ours is an unstorage `Driver` with four
 * methods more. Keys hold only `[a-z0-9_:-]`; values are strings that come back exactly as they were written.
 * Every method rejects when the storage fails: a failure is never an answer.
 */
import type { Driver } from "unstorage";

/**
 * Whom a `swap` excludes: other calls in this `process`, any process of this `host` on the same directory, or any
 * client of the same database (`cluster`).
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

/** What `deleteDue` is to delete. */
export interface DueDeletion {
  /** At most so many. */
  limit: number;
  /** One of these begins the key. */
  keys: readonly string[];
  /** This begins the value; it is not empty. */
  beginning: string;
  /** The last answer's, to go on behind what was left in the queue; absent or `null` for the beginning. */
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

/** Counts by subject, each in windows that begin with its first. */
export interface Counter {
  /**
   * Counts one more and returns `null`; or counts nothing, because it would be too many, and returns in how many
   * milliseconds there may be another.
   */
  take(subject: string): Promise<number | null>;
  /** Counts one less, if any are counted. */
  giveBack(subject: string): Promise<void>;
  /** Counts anew from nothing. */
  clear(subject: string): Promise<void>;
}

/** A secret that is kept with the accounts. */
export interface SecretFile {
  /** `null` when none was made yet. `exposure` says who else may read it. Throws when it must not be used. */
  read(): { secret: string; file: string; exposure: string | null } | null;
  /** Makes one unless there is one: of several processes at the same time one makes it, and all get the same. */
  make(): { secret: string; file: string; made: boolean };
}

/** An unstorage driver that can also exchange values atomically and keep an ordered queue beside them. */
export interface AtomicDriver extends Driver {
  /** Whom `swap` excludes. */
  readonly guarantee: Guarantee;

  /** The exact string stored under `key`, or `null` when there is none. The empty string is a value. */
  read(key: string): Promise<string | null>;

  /**
   * Replaces the value of `key` by `next` (`null` deletes it) only if it still is exactly `expected` (`null`: absent).
   * In the same step the key is scheduled in the due queue at `due`, or taken out of it when `due` is absent or `null`
   * or the value is deleted. When the answer is `false` nothing has changed, the queue included.
   * `swap(key, null, null)` is how an entry of the queue without a value is removed.
   */
  swap(
    key: string,
    expected: string | null,
    next: string | null,
    due?: number | null,
    options?: SwapOptions,
  ): Promise<boolean>;

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

  /**
   * What `keys` lists, by the page: for drivers that get them so. Left out, the SDK makes pages of its own.
   */
  keyPages?(prefix: string): AsyncIterable<string[]>;

  /**
   * What `read` returns for each key, in order: for drivers to which many are cheaper together. Left out, the SDK reads
   * one by one, several at a time.
   */
  readMany?(keys: readonly string[]): Promise<(string | null)[]>;

  /**
   * When each key is due by the queue itself, in order; `null` for a key without an entry. A value and its entry are written
   * in one step, but an operator may lose the queue alone, and then nothing is collected any more. `doctor` compares this with
   * what is stored, and queues again what is missing. Left out, it does not compare.
   */
  dueTimes?(keys: readonly string[]): Promise<(number | null)[]>;

  /**
   * Deletes what is due at or before `before` and is as `what` says, oldest first (ties in any order, and some out of
   * order when others remove entries meanwhile): for drivers that can look at values where they are. Each key is looked
   * at and deleted in one step, so one whose value or due time a `swap` changes before that is judged by what it is
   * then. Some may be left that could have been deleted: who wants to know about all that is due asks `due` afterwards.
   * When it rejects, some may have been deleted.
   */
  deleteDue?(before: number, what: DueDeletion): Promise<DueDeleted>;

  /**
   * Counts of a name, of at most `max` in windows of `seconds`: for drivers with a server that all processes share. What
   * it keeps is no key of those above. Left out, the SDK counts in its own process.
   */
  counter?(name: string, limit: { max: number; seconds: number }): Counter;

  /** Where a secret can be kept beside the accounts: for the CLI, and for `createAnon` without a secret in development. */
  readonly secretFile?: SecretFile;

  /** Closes what the driver opened. Afterwards every call rejects. */
  dispose(): Promise<void>;
}
