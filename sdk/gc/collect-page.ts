/** Collects one page of the due queue: judges what is on it, and carries that out. */

import type { Account } from "../account/account.ts";
import { dueOf } from "../account/activity.ts";
import { toRecord } from "../account/record.ts";
import { forgetCode } from "../codes/code.ts";
import type { GcOptions, GcReport } from "../contract/retention.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { forgetReservation } from "../idempotency/reservation.ts";
import { finishMerge } from "../merge/finish.ts";
import { isDamage, isNoRoom } from "../storage/read-around-damage.ts";
import { healLock, lockedBy } from "../storage/uniqueness.ts";
import { judge, type Verdict } from "./judge.ts";
import type { DueAccount, LoadedPage } from "./load-due-page.ts";
import { eachUntilStopped, notVetoed } from "./vetoes.ts";

/** One run of gc. Times are in milliseconds since the epoch. */
export interface Run {
  options: GcOptions;
  cutoff: number;
  /** The run examines nothing that is due later. */
  horizon: number;
  report: GcReport;
}

type ToCollect = Extract<Verdict, { is: "delete" | "quarantine" }>;
type Unfinished = Extract<Verdict, { is: "finish" }>;
type Warned = Extract<Verdict, { is: "warn" }>;

/**
 * An account that changed in the meantime is kept, because each swap replaces the very value that was judged. Deletions
 * come first, because they make room for all other writes.
 */
export async function collectPage(engine: Engine, page: LoadedPage, run: Run): Promise<void> {
  const { options, report } = run;
  const toCollect: ToCollect[] = [];
  const warned: Warned[] = [];
  const unfinished: Unfinished[] = [];
  const misplaced: (() => Promise<unknown>)[] = [];
  for (const due of page.accounts) {
    // deleted since the page was read, or left in the queue by a crash
    if (due.read === null) {
      misplaced.push(() => engine.store.swap(due.key, null, null));
      continue;
    }
    const verdict = verdictOf(engine, due, run);
    if (!verdict) continue;
    if (verdict.is === "finish") unfinished.push(verdict);
    else if (verdict.is === "warn") warned.push(verdict);
    else if (verdict.is !== "keep") toCollect.push(verdict);
    else {
      if (verdict.otherResolution) report.otherResolution++;
      const keep = () => report.kept[verdict.reason]++;
      if (verdict.due === undefined || report.dryRun) keep();
      else misplaced.push(() => unqueue(engine, due).then(keep));
    }
  }
  const healAll = () => Promise.all(page.locks.map((lock) => heal(engine, lock.collection, lock.key, report)));
  if (report.dryRun) {
    await healAll();
    for (const { is } of toCollect) report[is === "delete" ? "deleted" : "quarantined"]++;
    report.kept.merged += unfinished.length;
    for (const { late } of warned) report.kept[late ? "unwarned" : "active"]++;
    // what is left of a merged guest is not an account
    const candidates = toCollect.filter(({ read }) => !read.account.merged);
    if (candidates.length > 0) await options.onCandidates?.(candidates.map(({ read }) => toRecord(read.account)));
    return;
  }
  const approved = mayVeto(engine, toCollect, options)
    ? await notVetoed(engine, toCollect, options, report)
    : toCollect;
  const done = await Promise.allSettled(approved.map((verdict) => oneOf(collectOne(engine, verdict, run), report)));
  // if the storage failed in between, what was collected is still reported, and its hooks still run
  for (const one of done) if (one.status === "fulfilled") await one.value?.();
  for (const one of done) if (one.status === "rejected") throw one.reason;
  await forgetExpired(engine, page, report);
  await Promise.all(misplaced.map((replace) => oneOf(replace(), report)));
  await healAll();
  await eachUntilStopped(unfinished, options, report, async ({ read }) => {
    await finishMerge(engine, engine.settings.get(read.account.collection), read);
    report.kept.merged++;
  });
  await eachUntilStopped(warned, options, report, (verdict) => warn(engine, verdict, report));
}

/** `null` for an account that cannot be judged, which is counted. */
function verdictOf(engine: Engine, { due, collection, read }: DueAccount, run: Run): Verdict | null {
  const { report, cutoff } = run;
  report.examined++;
  const settings = engine.settings.find(collection);
  if (!settings) {
    report.kept.unconfigured++;
    return null;
  }
  if (read === "unreadable" || read === null) {
    report.failed++;
    return null;
  }
  const warning = engine.hooks.has("beforeExpiry") ? settings.warning : 0;
  return judge(read, due, { settings, now: engine.now(), cutoff, warning });
}

async function unqueue(engine: Engine, { read }: DueAccount): Promise<void> {
  if (read !== null && read !== "unreadable") await engine.store.replace(read, read.account, null);
}

/** Whether there is anything that can veto. */
function mayVeto(engine: Engine, toCollect: readonly ToCollect[], { beforeDelete }: GcOptions): boolean {
  if (beforeDelete || engine.hooks.has("beforeDelete")) return true;
  return toCollect.some(({ read }) => {
    const settings = engine.settings.find(read.account.collection);
    return settings?.keep || settings?.keepMany;
  });
}

/** Has the owner warned and notes the warning, without which the account is not collected. */
async function warn(engine: Engine, { read, ends, late }: Warned, report: GcReport): Promise<void> {
  const { account } = read;
  const settings = engine.settings.get(account.collection);
  const expiry = () => ({ record: toRecord(account), ends: new Date(ends).toISOString() });
  const reason = late ? "unwarned" : "active";
  try {
    await engine.hooks.runBefore("beforeExpiry", expiry, "refused");
  } catch (error) {
    if (!(error instanceof AnonError) || error.code !== "refused") throw error;
    report.kept[reason]++;
    return;
  }
  const warning = { at: engine.now(), lastActive: account.lastActive };
  const noted = await engine.store.replace(read, { ...account, warning }, dueOf(account, settings));
  report.kept[noted ? reason : "changed"]++;
  if (noted) report.warned++;
}

/** Deletes or puts into quarantine. Returns a function that runs the hooks. */
async function collectOne(engine: Engine, { is, read }: ToCollect, run: Run): Promise<(() => Promise<void>) | null> {
  const { hooks, store } = engine;
  const { report } = run;
  const { account } = read;
  if (is === "delete") {
    if (!(await store.swap(read.key, read.text, null))) return changed(report);
    report.deleted++;
    // no hook: what was left of a merged guest is only the name of its account
    if (account.merged) return null;
    const deletion = () => ({ record: toRecord(account), by: "gc" as const });
    return hooks.has("afterDelete") ? () => hooks.runAfter("afterDelete", deletion) : null;
  }
  const next = quarantined(engine, account);
  const { until } = next.quarantine;
  // a run with the same inactivity period finds it when its quarantine is over, and this run does not find it again
  const due = Math.max(until - (engine.now() - run.cutoff), run.horizon + 1);
  if (!(await store.replace(read, next, due))) return changed(report);
  report.quarantined++;
  const quarantining = () => ({ record: toRecord(account), until: new Date(until).toISOString() });
  return hooks.has("afterQuarantine") ? () => hooks.runAfter("afterQuarantine", quarantining) : null;
}

function quarantined(engine: Engine, account: Account): Account & { quarantine: { since: number; until: number } } {
  const since = engine.now();
  return { ...account, quarantine: { since, until: since + engine.settings.get(account.collection).quarantine } };
}

function changed(report: GcReport): null {
  report.kept.changed++;
  return null;
}

async function heal(engine: Engine, collection: string, key: string, report: GcReport): Promise<void> {
  // only a process with the settings of its collection may judge who owns the lock
  if (!engine.settings.find(collection)) return;
  // a dry run only reads it, which finds the same damage
  const look: Promise<unknown> = report.dryRun ? lockedBy(engine.store, key) : healLock(engine, collection, key);
  await oneOf(look, report);
}

/** Removes reservations and codes. They last for minutes, so one that is due has expired, unless clocks differ. */
async function forgetExpired(
  { store, now }: Engine,
  { reservations, codes }: LoadedPage,
  report: GcReport,
): Promise<void> {
  await Promise.all([
    ...reservations.map((key) => oneOf(forgetReservation(store, key, now()), report)),
    ...codes.map((key) => oneOf(forgetCode(store, key, now()), report)),
  ]);
}

/** Counts a value as failed that is damaged, or for which the storage has no room. An outage ends the run. */
async function oneOf<T>(work: Promise<T>, report: GcReport): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (!isDamage(error) && !isNoRoom(error)) throw error;
    report.failed++;
    return null;
  }
}
