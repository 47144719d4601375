import type { GcOptions, GcReport } from "../contract/retention.ts";
import type { Engine } from "../engine.ts";
import { planGc } from "../gc/plan.ts";
import { collected, summed } from "../gc/report.ts";
import { runGc } from "../gc/run.ts";

/** Safe beside any number of servers and other runs: an account is swapped only against the value that was judged. */
export async function gc(engine: Engine, options: GcOptions = {}): Promise<GcReport> {
  const { limit = Number.POSITIVE_INFINITY } = options;
  const reports: GcReport[] = [];
  let left = limit;
  for (const { collection, inactive } of planGc(engine, options)) {
    // a run that collects nothing gets a cutoff before all times
    const report = await runGc(engine, inactive === null ? 0 : engine.now() - inactive, {
      ...options,
      collection,
      // 0 collects nothing, and `remaining` still says whether more is due
      limit: inactive === null ? options.limit : Math.max(left, 0),
      onProgress: options.onProgress && ((sofar) => options.onProgress?.(summed([...reports, sofar]))),
    });
    reports.push(report);
    if (inactive !== null) left -= collected(report);
  }
  return summed(reports);
}
