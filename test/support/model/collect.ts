/** The model's gc. */
import type { GcReport } from "../../../sdk/contract/retention.ts";
import { counters } from "./command.ts";
import type { ModelAccount } from "./shapes.ts";
import { iso, type Model } from "./state.ts";

type Counts = Omit<GcReport, "cutoff" | "durationMs" | "dryRun">;

/** Collects the accounts that were inactive for `olderThan`. */
export function collect(model: Model, olderThan: number, dryRun: boolean): Counts {
  const { rules, now } = model;
  const cutoff = now - olderThan;
  const kept = {
    active: 0,
    registered: 0,
    changed: 0,
    vetoed: 0,
    held: 0,
    quarantined: 0,
    merged: 0,
    unwarned: 0,
    unconfigured: 0,
  };
  const counts: Counts = {
    ...{ examined: 0, deleted: 0, quarantined: 0, warned: 0, failed: 0, remaining: false, kept },
    // always 0, because one process has one `activityResolution`
    otherResolution: 0,
  };
  const isVetoed = ({ data }: ModelAccount): boolean => rules.keep !== undefined && data.cart === rules.keep;

  function end(account: ModelAccount): void {
    const purged = account.quarantine !== null || rules.quarantine === 0;
    if (!dryRun && isVetoed(account)) {
      kept.vetoed++;
      return;
    }
    counts[purged ? "deleted" : "quarantined"]++;
    if (dryRun) return;
    if (purged) {
      model.accounts.delete(account.id);
      return;
    }
    const until = now + rules.quarantine;
    account.quarantine = { since: now, until };
    account.due = until - olderThan;
  }

  for (const account of [...model.accounts.values()]) {
    if (account.due === null || account.due > cutoff + rules.warning) continue;
    counts.examined++;
    if (account.merged) {
      if (account.merged.until > now) {
        kept.merged++;
        continue;
      }
      // no hook is called: a merged guest is no longer an account
      counts.deleted++;
      if (dryRun) continue;
      counters.forgotten++;
      model.accounts.delete(account.id);
      continue;
    }
    if (account.hold) {
      kept.held++;
      continue;
    }
    if (account.quarantine) {
      if (account.quarantine.until <= now) end(account);
      else kept.quarantined++;
      continue;
    }
    const over = account.lastActive + rules.activityResolution;
    const isLate = over <= cutoff;
    if (rules.warning > 0) {
      const ends = Math.max(over + olderThan, (account.warned ?? now) + rules.warning);
      if (account.warned === null || ends > now) kept[isLate ? "unwarned" : "active"]++;
      if (account.warned === null && !dryRun) {
        counts.warned++;
        account.warned = now;
        model.warnings.push(`${account.id} ${iso(ends)}`);
        continue;
      }
      if (account.warned === null || ends > now) continue;
    }
    end(account);
  }
  return counts;
}
