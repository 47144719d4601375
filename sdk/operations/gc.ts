import { claimContext, type Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { parseDuration } from "../model/duration.ts";
import { toRecord } from "../model/record.ts";
import { activeUntil } from "../policy/activity.ts";
import { claimedId, healClaim } from "../storage/claims.ts";
import { forgetCode } from "../storage/codes.ts";
import { forgetPromise } from "../storage/promises.ts";
import { isDamage } from "../storage/read-around-damage.ts";
import type { Read } from "../storage/store.ts";
import type { GcOptions, GcReport } from "../types.ts";
import { type DueAccount, type DueScope, type LoadedPage, loadDuePage } from "./load-due-page.ts";
import { sweepDue } from "./sweep-due.ts";

const DEFAULT_BATCH = 1_000;
const MAXIMUM_BATCH = 10_000;

// an application's hook usually asks a database: enough to hide its latency, few enough not to flood it
const HOOKS_AT_A_TIME = 16;

type Candidate = { read: Read };

/**
 * Deletes anonymous accounts that have been inactive for `olderThan`, oldest first, in batches. Safe beside any number
 * of servers and other runs: an account is deleted only against the very value that was judged.
 *
 * @throws {AnonError} `invalid_duration`, `invalid_options`, `unknown_collection`, `storage_unavailable`
 */
export async function gc(engine: Engine, options: GcOptions = {} as GcOptions): Promise<GcReport> {
  const { dryRun = false, limit = Number.POSITIVE_INFINITY, batch = DEFAULT_BATCH, signal, onProgress } = options;
  const { happenings } = engine;
  const started = performance.now();
  const cutoff = engine.now() - parseDuration(options.olderThan);
  const collection = options.collection === undefined ? null : engine.settings.of(options.collection).name;
  checkWhole("limit", limit, Number.POSITIVE_INFINITY);
  checkWhole("batch", batch, MAXIMUM_BATCH);
  const report = newReport(cutoff, dryRun);
  const scope: DueScope = { cutoff, collection };
  const tell = () => {
    report.durationMs = Math.round(performance.now() - started);
    onProgress?.(structuredClone(report));
  };

  // what is deleted where it is stored, nobody is asked or told of
  const isWatched = happenings.has("beforeDelete") || happenings.has("afterDelete");
  if (!options.beforeDelete && !isWatched && !dryRun)
    await sweepDue(engine, scope, { limit, batch, signal }, report, tell);
  let cursor: string | null = null;
  let ahead: Promise<LoadedPage> | null = null;
  let finished = false;
  while (!finished && report.deleted < limit && !signal?.aborted) {
    // of the accounts on a page all may be deleted, so a page never holds more than may still be
    const size = Math.min(batch, limit - report.deleted);
    const page: LoadedPage = await (ahead ?? loadDuePage(engine, scope, size, cursor));
    cursor = page.cursor;
    finished = cursor === null;
    // the next page is read while this one is deleted; with a limit its size is not known yet
    ahead = limit === Number.POSITIVE_INFINITY && cursor !== null ? loadDuePage(engine, scope, batch, cursor) : null;
    ahead?.catch(() => "told when it is awaited");
    await collectPage(engine, page, options, cutoff, report);
    tell();
  }
  if (report.deleted > 0) engine.populations.changed(collection);
  report.remaining ||= !finished && (await isMoreDue(engine, scope, cursor));
  report.durationMs = Math.round(performance.now() - started);
  return report;
}

async function collectPage(
  engine: Engine,
  page: LoadedPage,
  options: GcOptions,
  cutoff: number,
  report: GcReport,
): Promise<void> {
  await Promise.all(page.claims.map((claim) => heal(engine, claim.collection, claim.key, report)));
  if (!report.dryRun) await forgetOver(engine, page, report);
  let doomed: Candidate[] = [];
  const kept: Promise<unknown>[] = [];
  for (const account of page.accounts) {
    const verdict = judge(engine, account, cutoff, report);
    if (verdict && "read" in verdict) doomed.push(verdict);
    else if (verdict && !report.dryRun) kept.push(verdict.requeue());
  }
  await Promise.all(kept);
  if (report.dryRun) {
    report.deleted += doomed.length;
    return;
  }
  const { happenings } = engine;
  if (options.beforeDelete || happenings.has("beforeDelete")) doomed = await notVetoed(engine, doomed, options, report);
  const answers = await Promise.all(doomed.map(({ read }) => engine.store.swap(read.key, read.text, null)));
  for (const [index, deleted] of answers.entries()) {
    if (!deleted) {
      report.kept.changed++;
      continue;
    }
    report.deleted++;
    const deletion = () => ({ record: toRecord((doomed[index] as Candidate).read.account), by: "gc" as const });
    if (happenings.has("afterDelete")) await happenings.tell("afterDelete", deletion);
  }
}

async function heal(engine: Engine, collection: string, key: string, report: GcReport): Promise<void> {
  // what becomes of the owner is for whoever has the settings of its collection
  if (!engine.settings.find(collection)) return;
  // a dry run finds the same ones unreadable
  const look = report.dryRun ? claimedId(engine.store, key) : healClaim(claimContext(engine), collection, key);
  await aroundDamage(look, report);
}

/** Promises and codes, which are for minutes: whatever of them is due is over, unless clocks differ. */
async function forgetOver({ store, now }: Engine, { promises, codes }: LoadedPage, report: GcReport): Promise<void> {
  await Promise.all([
    ...promises.map((key) => aroundDamage(forgetPromise(store, key, now()), report)),
    ...codes.map((key) => aroundDamage(forgetCode(store, key, now()), report)),
  ]);
}

/** One damaged value must not keep all others from being collected; an outage ends the run. */
async function aroundDamage(looking: Promise<unknown>, report: GcReport): Promise<void> {
  try {
    await looking;
  } catch (error) {
    if (!isDamage(error)) throw error;
    report.failed++;
  }
}

/**
 * Counts the account as kept, or answers it as one to be deleted. Of one whose place in the queue is wrong it answers
 * how to put that right.
 */
function judge(
  engine: Engine,
  { key, due, collection, read }: DueAccount,
  cutoff: number,
  report: GcReport,
): Candidate | { requeue(): Promise<unknown> } | null {
  // deleted since the page was read, or left in the queue by a crash
  if (read === null) return { requeue: () => engine.store.swap(key, null, null) };
  report.examined++;
  const settings = engine.settings.find(collection);
  if (!settings) {
    report.kept.unconfigured++;
    return null;
  }
  if (read === "unreadable") {
    report.failed++;
    return null;
  }
  const { account } = read;
  if (!account.anonymous) {
    report.kept.registered++;
    return { requeue: () => engine.store.replace(read, account, null) };
  }
  // the queue knows the resolution that was in force when activity was written, the settings the one now
  const until = Math.max(due, activeUntil(account, settings));
  if (until <= cutoff) return { read };
  report.kept.active++;
  return until === due ? null : { requeue: () => engine.store.replace(read, account, until) };
}

async function notVetoed(
  engine: Engine,
  candidates: Candidate[],
  options: GcOptions,
  report: GcReport,
): Promise<Candidate[]> {
  const isVetoed = async ({ read }: Candidate): Promise<boolean> => {
    if ((await options.beforeDelete?.(toRecord(read.account))) === false) return true;
    try {
      const deletion = () => ({ record: toRecord(read.account), by: "gc" as const });
      await engine.happenings.ask("beforeDelete", deletion, "refused");
      return false;
    } catch (error) {
      if (error instanceof AnonError && error.code === "refused") return true;
      throw error;
    }
  };
  const allowed: Candidate[] = [];
  const before = report.kept.vetoed + report.failed;
  for (let start = 0; start < candidates.length && !options.signal?.aborted; start += HOOKS_AT_A_TIME) {
    await Promise.all(
      candidates.slice(start, start + HOOKS_AT_A_TIME).map(async (candidate) => {
        try {
          if (await isVetoed(candidate)) report.kept.vetoed++;
          else allowed.push(candidate);
        } catch {
          // whoever cannot tell whether the account is needed keeps it
          report.failed++;
        }
      }),
    );
  }
  // stopped between hooks: the rest was not dealt with, and is left for the next run
  const unanswered = candidates.length - (allowed.length + report.kept.vetoed + report.failed - before);
  report.examined -= unanswered;
  report.remaining ||= unanswered > 0;
  return allowed;
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

function checkWhole(name: string, value: number, maximum: number): void {
  if (value === maximum || (Number.isSafeInteger(value) && value >= 1 && value <= maximum)) return;
  throw new AnonError(
    "invalid_options",
    `Cannot use this \`${name}\`: use a whole number from 1${maximum < Number.POSITIVE_INFINITY ? ` to ${maximum}` : ""}`,
  );
}

function newReport(cutoff: number, dryRun: boolean): GcReport {
  return {
    examined: 0,
    deleted: 0,
    kept: { active: 0, registered: 0, changed: 0, vetoed: 0, unconfigured: 0 },
    failed: 0,
    remaining: false,
    cutoff: new Date(cutoff).toISOString(),
    dryRun,
    durationMs: 0,
  };
}
