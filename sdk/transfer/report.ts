import type { FailedEntry, KeyedEntry } from "./entries.ts";
import { createSample } from "./sample.ts";
import type { EntryStorage } from "./storage.ts";
import { isSame, type WriteOptions, writeEntries } from "./write-entries.ts";

/** What a copy and a load did, in numbers of entries: accounts, locks, codes and reservations. */
export interface TransferReport {
  /** Read of the source, or of the dump. */
  examined: number;
  /** Stored at the target where there was nothing. */
  copied: number;
  /** Already at the target, with the same value and due time. */
  present: number;
  /** Replaced at the target, with `overwrite`. */
  overwritten: number;
  /** Another value or due time is at the target and stays, without `overwrite`. */
  differing: number;
  /** Could not be read, or not be stored. */
  failed: number;
  /** How many were read again at the target in the end, and how many of them were not what was written. */
  sample: { read: number; wrong: number };
  /** Whether it came to its end. */
  complete: boolean;
  dryRun: boolean;
}

/** Writes entries to a target, and counts in a report what becomes of them. */
export interface ReportedWriter<Report extends TransferReport> {
  /** The same object each time. */
  report: Report;
  /** Returns the keys that the target now has. */
  write(entries: readonly KeyedEntry[]): Promise<readonly string[]>;
  /** Counts entries that cannot be written. */
  fail(all: readonly FailedEntry[]): void;
  /** Reads a random sample of what was written. */
  readAgain(): Promise<void>;
}

/** A writer whose report has `more` beside its counts. */
export function reportedWriter<More extends object>(
  target: EntryStorage,
  {
    overwrite = false,
    dryRun = false,
    onFailed,
  }: Partial<WriteOptions> & { onFailed?: ((failed: FailedEntry) => void) | undefined },
  more: More,
): ReportedWriter<TransferReport & More> {
  const report = {
    ...{ examined: 0, copied: 0, present: 0, overwritten: 0, differing: 0, ...more, failed: 0 },
    ...{ sample: { read: 0, wrong: 0 }, complete: false, dryRun },
  };
  const sample = createSample<KeyedEntry>();
  const fail = (all: readonly FailedEntry[]): void => {
    report.failed += all.length;
    for (const one of all) onFailed?.(one);
  };
  return {
    report,
    fail,
    async write(entries) {
      const written = await writeEntries(target, entries, { overwrite, dryRun });
      for (const name of ["copied", "present", "overwritten", "differing"] as const) report[name] += written[name];
      fail(written.failed);
      if (!dryRun) written.stored.forEach(sample.add);
      return written.there;
    },
    async readAgain() {
      const stored = await target.readEntries(sample.items.map(({ key }) => key));
      const wrong = sample.items.filter((entry, at) => !isSame(stored[at], entry));
      report.sample = { read: sample.items.length, wrong: wrong.length };
    },
  };
}
