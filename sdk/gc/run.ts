/** One run of gc, the oldest accounts first. */

import type { GcOptions, GcReport } from "../contract/retention.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { collectPage, type Run } from "./collect-page.ts";
import { deleteUnread, mayDeleteUnread } from "./delete-unread.ts";
import { collectionsOf, type DueScope, type LoadedPage, loadDuePage } from "./load-due-page.ts";
import { MAXIMUM_BATCH } from "./plan.ts";
import { collected, newReport } from "./report.ts";

/** The default of the option `batch` for accounts that are read. Without reading, the storage chooses. */
const DEFAULT_BATCH = 1_000;

/** Collects the accounts that were last active before `cutoff` (milliseconds since the epoch). */
export async function runGc(engine: Engine, cutoff: number, options: GcOptions): Promise<GcReport> {
  const { dryRun = false, limit = Number.POSITIVE_INFINITY, batch = MAXIMUM_BATCH, signal, onProgress } = options;
  const started = performance.now();
  const collection = options.collection === undefined ? null : engine.settings.get(options.collection).name;
  const report = newReport(cutoff, dryRun);
  const scope: DueScope = { cutoff: cutoff + longestWarning(engine, collection), collection };
  const run: Run = { options, cutoff, horizon: scope.cutoff, report };
  const reportProgress = () => {
    report.durationMs = Math.round(performance.now() - started);
    onProgress?.(structuredClone(report));
  };

  try {
    if (!dryRun && mayDeleteUnread(engine, options, collection)) {
      await deleteUnread(engine, { cutoff, collection }, { limit, batch, signal }, report, reportProgress);
    }
    await collectPages(engine, run, scope, reportProgress);
  } catch (error) {
    if (error instanceof AnonError) {
      report.remaining = true;
      reportProgress();
    }
    throw error;
  } finally {
    if (report.deleted > 0) engine.guestCounts.invalidate(collection);
  }
  report.durationMs = Math.round(performance.now() - started);
  return report;
}

async function collectPages(engine: Engine, run: Run, scope: DueScope, reportProgress: () => void): Promise<void> {
  const { options, report, cutoff } = run;
  const { limit = Number.POSITIVE_INFINITY, batch = DEFAULT_BATCH, signal } = options;
  let cursor: string | null = null;
  let ahead: Promise<LoadedPage> | null = null;
  let finished = false;
  while (!finished && collected(report) < limit && !signal?.aborted) {
    // a whole page may be collected, so it must not be larger than what `limit` leaves
    const size = Math.min(batch, limit - collected(report));
    const page: LoadedPage = await (ahead ?? loadDuePage(engine, scope, size, cursor));
    cursor = page.cursor;
    finished = cursor === null;
    // read the next page while this one is collected; with a limit its size is not known yet
    ahead = limit === Number.POSITIVE_INFINITY && cursor !== null ? loadDuePage(engine, scope, batch, cursor) : null;
    // its failure is thrown where it is awaited
    ahead?.catch(() => undefined);
    await collectPage(engine, page, run);
    reportProgress();
  }
  report.remaining ||= !finished && (await isMoreDue(engine, { cutoff, collection: scope.collection }, cursor));
}

function longestWarning(engine: Engine, collection: string | null): number {
  if (!engine.hooks.has("beforeExpiry")) return 0;
  return Math.max(...collectionsOf(engine, collection).map(({ warning }) => warning));
}

async function isMoreDue(engine: Engine, scope: DueScope, after: string | null): Promise<boolean> {
  let cursor = after;
  do {
    const page: LoadedPage = await loadDuePage(engine, scope, DEFAULT_BATCH, cursor);
    if (page.accounts.some(({ read }) => read !== null)) return true;
    cursor = page.cursor;
  } while (cursor !== null);
  return false;
}
