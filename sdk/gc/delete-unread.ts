import { ANONYMOUS_BEGINNING } from "../account/codec.ts";
import type { GcOptions, GcReport } from "../contract/retention.ts";
import type { Engine } from "../engine.ts";
import { accountPrefix } from "../storage/keys.ts";
import { collectionsOf, type DueScope } from "./load-due-page.ts";

/** Whether no hook and no option needs the accounts, so that the storage may delete them unread. */
export function mayDeleteUnread(engine: Engine, { beforeDelete }: GcOptions, collection: string | null): boolean {
  const { hooks } = engine;
  if (beforeDelete || hooks.has("beforeDelete") || hooks.has("afterDelete")) return false;
  return collectionsOf(engine, collection).every(
    ({ keep, keepMany, quarantine, warning }) =>
      !keep && !keepMany && quarantine === 0 && !(warning > 0 && hooks.has("beforeExpiry")),
  );
}

/**
 * Has the storage delete the accounts that need no judgement: anonymous, and due so early that they were inactive by any
 * `activityResolution`. The storage checks both in the step that deletes them. All other accounts are read first, and
 * all of them with a driver without `deleteDue`.
 */
export async function deleteUnread(
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
  // An account that is due at a time was last active at that time or earlier, by any resolution that was in force then.
  // `before` is one present resolution before the cutoff, so it was inactive at the cutoff by the present one too.
  const before = cutoff - Math.max(...scope.map(({ activityResolution }) => activityResolution));
  let cursor: string | null = null;
  do {
    if (report.deleted >= limit || signal?.aborted) return;
    const size = Math.min(batch, limit - report.deleted);
    const done = await engine.store.deleteDue(before, { limit: size, keys, beginning: ANONYMOUS_BEGINNING, cursor });
    cursor = done.cursor;
    report.examined += done.deleted;
    report.deleted += done.deleted;
    if (done.deleted > 0) reportProgress();
  } while (cursor !== null);
}
