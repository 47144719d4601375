/** How long accounts are kept. */
import type { Guarantee } from "../storage/port.ts";
import type { AnonRecord, Duration, OwnFields } from "./records.ts";

/** How long anonymous accounts are kept. */
export interface RetentionOptions {
  /** The default of `olderThan` in `gc`: how long an anonymous account must have been inactive. Default: none. */
  retention?: Duration;
  /** How long a collected account can be restored; it cannot be used meanwhile. Default: it is deleted at once. */
  quarantine?: Duration;
  /**
   * How long before its end the hook `beforeExpiry` warns an account's owner, in a `gc` of that time. With such a hook
   * no account is collected without that warning time. Default: no warning.
   */
  warning?: Duration;
  /** Called before an account is collected, and before it is deleted after quarantine. `true` or throwing keeps it. */
  keep?: (record: AnonRecord) => boolean | Promise<boolean>;
  /**
   * The same for all accounts of a collection that a step of `gc` would collect, so that one query of a database can decide.
   * Returns the ids of those to keep, in any order. If it throws, or returns anything but ids of these records, all of them
   * are kept, count as `failed`, and `onError` is called. With `keep` too, an account is collected if neither keeps it.
   */
  keepMany?: (records: AnonRecord[]) => KeptIds | Promise<KeptIds>;
}

/** The ids of the accounts that `keepMany` keeps. */
export type KeptIds = readonly string[] | ReadonlySet<string>;

/** An account with its state. Times are ISO 8601 in UTC. */
export interface AccountStatus<Fields = OwnFields> {
  /** The account's. */
  record: AnonRecord<Fields>;
  /** The last activity that was written, at most `activityResolution` before the last one. */
  lastActive: string;
  /** How many are alive. */
  sessions: number;
  /** Since when and why it must not be deleted. */
  hold: { since: string; reason?: string } | null;
  /** Since when it is collected, and until when it can be restored. */
  quarantine: { since: string; until: string } | null;
  /** The id of the account that this guest was merged into, and when. */
  merged: { into: string; at: string } | null;
}

/** Options of `gc`. */
export interface GcOptions<Name extends string = string> {
  /**
   * How long an account must have been inactive. Default: the `retention` of its collection; collections without one
   * are skipped, and if none has one the run is refused, because you must state the inactivity period.
   */
  olderThan?: Duration;
  /** Only this collection. Default: all. */
  collection?: Name;
  /** Change nothing, and report what a run would do. Default `false`. */
  dryRun?: boolean;
  /**
   * Only with `dryRun`: called with the accounts of each step that a run would collect. The run waits for it, so it may
   * write them to a slow reader, and rejects with what it throws.
   */
  onCandidates?: (records: AnonRecord[]) => unknown;
  /** The maximum number of accounts to collect: to delete, or to put into quarantine. */
  limit?: number;
  /**
   * How many accounts to look at in one step, up to 10,000. Default 1,000, or what suits the storage where that can delete
   * accounts without reading them.
   */
  batch?: number;
  /** Stops the run after the current batch; the report says what was done until then. */
  signal?: AbortSignal;
  /** Called with the report so far after every batch, and before the run rejects because the storage failed. */
  onProgress?: (report: GcReport) => void;
  /**
   * Called before an account is deleted, except in a dry run. `false` keeps the account; throwing keeps it and counts
   * as failed. It should have no effects: an account that becomes active in the meantime is not deleted.
   */
  beforeDelete?: (record: AnonRecord) => boolean | undefined | Promise<boolean | undefined>;
}

/** Options of `scheduleGc`, which each run passes to `gc`. An aborted `signal` also stops the schedule. */
export interface ScheduleGcOptions<Name extends string = string> extends GcOptions<Name> {
  /**
   * The time from the beginning of one run to the next, 1 second to 24 days, shortened at random by up to a tenth. A run
   * that takes longer delays the next one.
   */
  every: Duration;
  /** Whether the first run begins at once. Default `false`: it begins after a random part of `every`. */
  immediately?: boolean;
  /** Called after each run. The next run waits for it. What it throws goes to `onError`. */
  onRun?: (run: ScheduledGcRun) => void | Promise<void>;
}

/** A run of `scheduleGc` that has ended. */
export interface ScheduledGcRun {
  /** When it began (ISO 8601). */
  began: string;
  /** How long it took, in milliseconds. */
  durationMs: number;
  /** What it did. Of a run that failed: what it did until then, or `null` if it failed in its first step. */
  report: GcReport | null;
  /** Why it failed. Without this property it did not. */
  error?: unknown;
}

/** The result of a `gc` run, or with `dryRun` what it would be. */
export interface GcReport {
  /** Accounts that were due and examined. */
  examined: number;
  /** Accounts that were deleted. */
  deleted: number;
  /** Accounts that were put into quarantine. */
  quarantined: number;
  /** Accounts for which `beforeExpiry` ran. */
  warned: number;
  /** Accounts that were due and kept, by reason. */
  kept: {
    /** It was active after all. */
    active: number;
    /** It is registered. */
    registered: number;
    /** It changed just before it was to be deleted. */
    changed: number;
    /** `beforeDelete` returned `false`, `keep` returned `true`, or `keepMany` its id. */
    vetoed: number;
    /** It is on hold. */
    held: number;
    /** It is in quarantine. */
    quarantined: number;
    /** It was merged into another account, for which its id still stands. */
    merged: number;
    /** Its owner was not warned, or not long enough ago. */
    unwarned: number;
    /** Its collection is not among the configured ones. */
    unconfigured: number;
  };
  /**
   * Accounts kept as `active` that are due by a shorter `activityResolution`, with which they were queued. This is
   * normal just after that setting was changed; otherwise give `gc` the configuration of the servers.
   */
  otherResolution: number;
  /**
   * Accounts and locks that could not be read, or not be written because the storage is full, and accounts for which a
   * hook, `keep` or `keepMany` failed. They are unchanged.
   */
  failed: number;
  /** Whether more is still due. */
  remaining: boolean;
  /** Accounts last active before this time were due (ISO 8601); by `retention` the latest of all collections. */
  cutoff: string;
  /** That of the options. */
  dryRun: boolean;
  /** How long the run took, in milliseconds. */
  durationMs: number;
}

/** Options of `doctor`. */
export interface DoctorOptions<Name extends string = string> {
  /** Default `users`. */
  collection?: Name;
  /** Change nothing. Default `false`. */
  dryRun?: boolean;
  /** Stops it after the current page; the report says what was done until then. */
  signal?: AbortSignal;
  /** Called with the report so far after every page, and before `doctor` rejects because the storage failed. */
  onProgress?: (report: DoctorReport) => void;
}

/** The result of `doctor`. */
export interface DoctorReport {
  /** Which writers the storage excludes: those of this process, of this host, or all. */
  guarantee: Guarantee;
  /** How many there are. Accounts on hold are also counted by their state. */
  accounts: { anonymous: number; registered: number; held: number; quarantined: number; merged: number };
  /** Unfinished merges. Without a hook `merge` only those that were committed are finished. */
  merges: { begun: number; finished: number; failed: number };
  /**
   * Differences between the stored values and the due queue, which `gc` reads: guests, one-time codes and idempotency
   * keys without an entry (`missing`), entries without a guest (`stray`), and how many of both were repaired. `null` if
   * the driver has no `dueTimes`.
   */
  queue: { missing: number; stray: number; repaired: number } | null;
  /** Values that cannot be read: how many, and the keys of the first 100. */
  damaged: { count: number; keys: string[] };
  /** Whether all accounts were examined: `false` when `signal` stopped it, and in `onProgress`. */
  complete: boolean;
  /** That of the options. */
  dryRun: boolean;
}
