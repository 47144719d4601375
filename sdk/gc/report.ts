/** The report of gc, from its first step to the sum of its runs. */
import type { GcReport } from "../contract/retention.ts";

/** An empty report. `cutoff` is in milliseconds since the epoch. */
export function newReport(cutoff: number, dryRun: boolean): GcReport {
  return {
    examined: 0,
    deleted: 0,
    quarantined: 0,
    warned: 0,
    kept: {
      active: 0,
      registered: 0,
      changed: 0,
      vetoed: 0,
      held: 0,
      quarantined: 0,
      merged: 0,
      unwarned: 0,
      unconfigured: 0,
    },
    otherResolution: 0,
    failed: 0,
    remaining: false,
    cutoff: new Date(cutoff).toISOString(),
    dryRun,
    durationMs: 0,
  };
}

/** How many accounts were collected, which `limit` bounds. */
export function collected({ deleted, quarantined }: GcReport): number {
  return deleted + quarantined;
}

/** The sum of the reports of one or more runs. */
export function summed(reports: readonly GcReport[]): GcReport {
  const [first, ...rest] = reports as [GcReport, ...GcReport[]];
  const sum = structuredClone(first);
  for (const report of rest) {
    for (const name of [
      "examined",
      "deleted",
      "quarantined",
      "warned",
      "otherResolution",
      "failed",
      "durationMs",
    ] as const) {
      sum[name] += report[name];
    }
    for (const reason of Object.keys(sum.kept) as (keyof GcReport["kept"])[]) sum.kept[reason] += report.kept[reason];
    sum.remaining ||= report.remaining;
    if (report.cutoff > sum.cutoff) sum.cutoff = report.cutoff;
  }
  return sum;
}
