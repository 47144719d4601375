import type { GcOptions, GcReport } from "../contract/retention.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { collected, summed } from "../gc/report.ts";
import { runGc } from "../gc/run.ts";
import { parseDuration } from "../settings/duration.ts";

const MAXIMUM_BATCH = 10_000;

/**
 * Collects anonymous accounts that have been inactive for `olderThan`, or for the `retention` of their collection, oldest
 * first, in batches. Safe beside any number of servers and other runs: an account is collected only against the very value
 * that was judged.
 *
 * @throws {AnonError} `invalid_duration`, `invalid_options`, `unknown_collection`, `storage_unavailable`
 */
export async function gc(engine: Engine, options: GcOptions = {}): Promise<GcReport> {
  const { limit = Number.POSITIVE_INFINITY, batch = MAXIMUM_BATCH } = options;
  checkWhole("limit", limit, Number.POSITIVE_INFINITY);
  checkWhole("batch", batch, MAXIMUM_BATCH);
  const { olderThan } = options;
  if (olderThan !== undefined) return await runGc(engine, engine.now() - parseDuration(olderThan), options);
  const { settings } = engine;
  const all = options.collection === undefined && settings.configured;
  if (!all) {
    const { retention } = settings.get(options.collection);
    if (retention === null) throw unsaid();
    return await runGc(engine, engine.now() - retention, options);
  }
  const reports: GcReport[] = [];
  let left = limit;
  if (!all.some(({ retention }) => retention !== null)) throw unsaid();
  for (const { name, retention } of all) {
    // of the others nothing is collected, and what was left undone there is finished: it stands before all times
    const report = await runGc(engine, retention === null ? 0 : engine.now() - retention, {
      ...options,
      collection: name,
      // 0 collects nothing, and `remaining` still says whether more is due
      limit: retention === null ? options.limit : Math.max(left, 0),
      onProgress: options.onProgress && ((sofar) => options.onProgress?.(summed([...reports, sofar]))),
    });
    reports.push(report);
    if (retention !== null) left -= collected(report);
  }
  return summed(reports);
}

function unsaid(): AnonError {
  return new AnonError(
    "invalid_duration",
    'Cannot collect without saying what is inactive: give `olderThan`, such as "30d", or the collections a `retention`',
  );
}

function checkWhole(name: string, value: number, maximum: number): void {
  if (value === maximum || (Number.isSafeInteger(value) && value >= 1 && value <= maximum)) return;
  throw new AnonError(
    "invalid_options",
    `Cannot use this \`${name}\`: use a whole number from 1${maximum < Number.POSITIVE_INFINITY ? ` to ${maximum}` : ""}`,
  );
}
