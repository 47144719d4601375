/** The public shapes of how long accounts are kept. */
import type { Guarantee } from "../storage/port.ts";
import type { AnonRecord, Duration, OwnFields } from "./records.ts";

/** How long anonymous accounts are kept. */
export interface RetentionOptions {
  /**
   * After how long without activity an anonymous account is collected by a `gc` that is given no `olderThan`. Default
   * none: such a run is refused.
   */
  retention?: Duration;
  /** For how long what was collected can be restored; meanwhile it is of no use. Default none: it is deleted at once. */
  quarantine?: Duration;
  /**
   * How long before an account is collected the hook `beforeExpiry` runs, in a `gc` of that time. With such a hook no
   * account is collected without that warning time. Default: no warning.
   */
  warning?: Duration;
  /** Asked before an account is collected, and once more before it is deleted behind its quarantine: `true` keeps it, and so does throwing. */
  keep?: (record: AnonRecord) => boolean | Promise<boolean>;
}

/** What the application may see of an account beside its record. Times are ISO 8601 in UTC. */
export interface AccountStatus<Fields = OwnFields> {
  record: AnonRecord<Fields>;
  lastActive: string;
  sessions: number;
  /** It must not be deleted. */
  hold: { since: string; reason?: string } | null;
  /** That it was collected, and can be restored until. */
  quarantine: { since: string; until: string } | null;
  /** That it was a guest who was merged into that account. */
  merged: { into: string; at: string } | null;
}

/** Options of `gc`. */
export interface GcOptions<Name extends string = string> {
  /**
   * How long an account must have been inactive: by default the `retention` of its collection. Collections without one
   * are left alone, and where none has one the run is refused: you must state the inactivity period.
   */
  olderThan?: Duration;
  /** Only this collection; left out, all of them. */
  collection?: Name;
  /** Delete nothing, and report what a run would. */
  dryRun?: boolean;
  /** Collect at most so many accounts: delete them, or put them into quarantine. */
  limit?: number;
  /** How many accounts to look at in one step. Default 1,000. */
  batch?: number;
  /** Stops the run after the batch under way; the report says what was done until then. */
  signal?: AbortSignal;
  /** Called after every batch with the report so far, and once more before the run rejects because the storage failed. */
  onProgress?: (report: GcReport) => void;
  /**
   * Called before an account is deleted; answering `false` keeps it, throwing keeps it and counts as failed. It
   * decides and should not act: an account that comes back to life while it is asked survives. A dry run does not ask.
   */
  beforeDelete?: (record: AnonRecord) => boolean | undefined | Promise<boolean | undefined>;
}

/** Options of `scheduleGc`: those of `gc`, for each run. An aborted `signal` stops the schedule, as `stop` does. */
export interface ScheduleGcOptions<Name extends string = string> extends GcOptions<Name> {
  /** The time from the end of one run to the next, from 1 second to 24 days. Each time up to a tenth shorter, by chance. */
  every: Duration;
}

/** What a `gc` run did, or with `dryRun` would do. */
export interface GcReport {
  /** Accounts that were due and looked at. */
  examined: number;
  /** Accounts that are gone for good. */
  deleted: number;
  /** Accounts that were put into quarantine. */
  quarantined: number;
  /** Accounts for which `beforeExpiry` ran. */
  warned: number;
  /** Accounts looked at and kept, by reason. */
  kept: {
    /** It was active after all. */
    active: number;
    /** It is registered. */
    registered: number;
    /** It changed between being judged and being deleted. */
    changed: number;
    /** `beforeDelete` answered `false`, or `keep` answered `true`. */
    vetoed: number;
    /** It is on hold. */
    held: number;
    /** It was collected before, and can still be restored. */
    quarantined: number;
    /** It was merged into another account, whose it is for a time. */
    merged: number;
    /** Its owner was not warned yet, or not for long enough. */
    unwarned: number;
    /** Its collection is not among the configured ones. */
    unconfigured: number;
  };
  /**
   * Accounts kept as `active` that are due by the shorter `activityResolution` they were queued with. Right after that
   * setting was changed this is normal; otherwise give `gc` the configuration that the servers have.
   */
  otherResolution: number;
  /**
   * Values left as they are: accounts or locks that could not be read or, for want of room, written, and accounts for
   * which a hook or `keep` threw.
   */
  failed: number;
  /** Whether more is due than this run dealt with. */
  remaining: boolean;
  /** Accounts inactive since before this time were due (ISO 8601); by retention the latest of its collections. */
  cutoff: string;
  dryRun: boolean;
  durationMs: number;
}

/** Options of `doctor`. */
export interface DoctorOptions<Name extends string = string> {
  /** Default `users`. */
  collection?: Name;
  /** Change nothing. */
  dryRun?: boolean;
  /** Stops it after the page under way; the report says what was done until then. */
  signal?: AbortSignal;
  /** Called after every page with the report so far, and once more before `doctor` rejects because the storage failed. */
  onProgress?: (report: DoctorReport) => void;
}

/** What `doctor` found, and finished. */
export interface DoctorReport {
  /** Whom the storage keeps from changing an account at the same time: this process, this host, or all. */
  guarantee: Guarantee;
  /** How many there are; those on hold count as what they are, too. */
  accounts: { anonymous: number; registered: number; held: number; quarantined: number; merged: number };
  /** Merges that were begun and not done; without a hook `merge` only those that were committed are finished. */
  merges: { begun: number; finished: number; failed: number };
  /**
   * Differences between what is stored and the due queue, by which `gc` finds it: guests, one-time codes and idempotency keys
   * without an entry (`missing`), entries without a guest (`stray`), and how many of both were repaired. `null` when the
   * driver has no `dueTimes`.
   */
  queue: { missing: number; stray: number; repaired: number } | null;
  /** Values that cannot be read: how many, and the keys of the first 100. */
  damaged: { count: number; keys: string[] };
  /** Whether all accounts were examined: `false` when `signal` stopped it, and in `onProgress`. */
  complete: boolean;
  dryRun: boolean;
}
