import { ANONYMOUS_BEGINNING } from "../account/codec.ts";
import type { GcReport } from "../contract/retention.ts";
import type { Engine } from "../engine.ts";
import { accountPrefix } from "../storage/keys.ts";
import { collectionsOf, type DueScope } from "./load-due-page.ts";

/**
 * Collects, where the accounts are stored, those about whom there is nothing to weigh: still due in the step that
 * deletes them, and so early that the settings of today cannot say otherwise, and anonymous by what is stored in that
 * same step. All others are read first; with a driver that cannot do this, all are.
 */
export async function sweepDue(
  engine: Engine,
  { cutoff, collection }: DueScope,
  { limit, batch, signal }: { limit: number; batch: number; signal?: AbortSignal },
  report: GcReport,
  reportProgress: () => void,
): Promise<void> {
  const scope = collectionsOf(engine, collection);
  const keys =
    collection === null && engine.settings.configured === null
      ? [accountPrefix(null)]
      : scope.map(({ name }) => accountPrefix(name));
  // What is due at a time was last active at that time or before. So this early, it was inactive at the cutoff by any
  // resolution that its activity can have been written with, and by the one of now.
  const before = cutoff - Math.max(...scope.map(({ activityResolution }) => activityResolution));
  let cursor: string | null = null;
  do {
    if (report.deleted >= limit || signal?.aborted) return;
    const size = Math.min(batch, limit - report.deleted);
    const swept = await engine.store.deleteDue(before, { limit: size, keys, beginning: ANONYMOUS_BEGINNING, cursor });
    cursor = swept.cursor;
    report.examined += swept.deleted;
    report.deleted += swept.deleted;
    if (swept.deleted > 0) reportProgress();
  } while (cursor !== null);
}
