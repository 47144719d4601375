/** Numbers of a storage. */
import type { Duration } from "./records.ts";

/** Options of `stats`. */
export interface StatsOptions<Name extends string = string> {
  /** Only this collection. Default: all that are configured; without configured ones, all that have accounts. */
  collection?: Name;
  /** Read every account. Default `false`: only the due queue is read, and what it does not know is `null`. */
  exact?: boolean;
  /** How long an account must have been inactive to be due. Default: the `retention` of its collection. */
  olderThan?: Duration;
  /** The maximum number of entries of the due queue to read. Default 1,000,000; with `exact` all are read. */
  maximum?: number;
  /** Stops after the current page; the result then has `complete: false`. */
  signal?: AbortSignal;
  /** Called with what was read so far after every page. */
  onProgress?: (sofar: StatsProgress) => void;
}

/** What `stats` has read so far. */
export interface StatsProgress {
  /** Entries of the due queue. */
  entries: number;
  /** Accounts; 0 without `exact`. */
  accounts: number;
}

/** The result of `stats`. It is no snapshot: what changes while it is made may or may not be counted. */
export interface Stats {
  /** Whether every account was read. `false`: only the due queue was. */
  exact: boolean;
  /** Whether all was read. `false`: `maximum` or `signal` ended it, and every count is of what was read until then. */
  complete: boolean;
  /** The time to which ages and due times refer (ISO 8601 in UTC). */
  at: string;
  /** By the name of the collection. */
  collections: Record<string, CollectionStats>;
  /** Accounts in the due queue, or with `exact` all accounts, of collections that are not configured. */
  unconfigured: number;
  /** How long it took, in milliseconds. */
  durationMs: number;
}

/** The numbers of one collection. What is `null` is only known after reading every account (`exact`). */
export interface CollectionStats {
  /** Accounts by state; each has one. */
  accounts: { anonymous: number; registered: number; quarantined: number; merged: number } | null;
  /** Accounts on hold, which are also counted by their state. */
  held: number | null;
  /** Accounts in use by the time since they were created. */
  created: { anonymous: AgeCounts; registered: AgeCounts } | null;
  /** Accounts in use by the time since their last activity that was written. */
  lastActive: { anonymous: AgeCounts; registered: AgeCounts } | null;
  /** Living sessions of accounts in use. */
  sessions: number | null;
  /** Merges of guests that were begun, and are not finished. */
  merges: number | null;
  /** One-time codes of conversions (`requestConversion`) that are valid now. */
  conversions: number | null;
  /** Accounts that cannot be read. They are counted nowhere else. */
  damaged: number | null;
  /** The due queue. */
  queue: QueueStats;
}

/** The entries of one collection in the due queue, which `gc` reads. */
export interface QueueStats {
  /** Accounts in the queue: guests, and accounts in quarantine or merged. */
  accounts: number;
  /** How many accounts belong in the queue. A lasting difference from `accounts` is repaired by `doctor`. */
  expected: number | null;
  /** Those at the very beginning of the queue, which each `gc` examines: unfinished merges, and what `doctor` queued again. */
  first: number;
  /**
   * How many of the others a `gc` examines now, in a day (86,400 s) and in a week (7 days) if none is active until then.
   * It keeps some of them: those on hold, and those that the application keeps. `null` without `olderThan` and `retention`.
   */
  due: { now: number; day: number; week: number } | null;
  /** The time of the first of the others in the queue; of a guest that until which it counted as active (ISO 8601 in UTC). */
  oldest: string | null;
  /** One-time codes that are valid now, of all kinds. */
  codes: number;
  /** Idempotency keys that are in force. */
  idempotencyKeys: number;
  /** Codes and idempotency keys that have expired, which the next `gc` removes. */
  expired: number;
  /** Uniqueness locks that are not confirmed: registrations at work, or of processes that died. */
  locks: number;
}

/** Accounts by age. Each is counted once, under the first that fits. */
export interface AgeCounts {
  /** Less than a day. */
  "1d": number;
  /** Less than 7 days. */
  "7d": number;
  /** Less than 30 days. */
  "30d": number;
  /** Less than 90 days. */
  "90d": number;
  /** The rest. */
  older: number;
}
