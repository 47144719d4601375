import { claimContext, type Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { parseDuration } from "../model/duration.ts";
import { toRecord } from "../model/record.ts";
import { activeUntil, dueOf } from "../policy/activity.ts";
import { claimedId, healClaim } from "../storage/claims.ts";
import { type ParsedKey, parseKey } from "../storage/keys.ts";
import type { DueEntry, DuePage } from "../storage/port.ts";
import type { Read } from "../storage/store.ts";
import type { GcOptions, GcReport } from "../types.ts";

const DEFAULT_BATCH = 1_000;
const MAXIMUM_BATCH = 10_000;

// an application's hook usually asks a database: enough to hide its latency, few enough not to flood it
const HOOKS_AT_A_TIME = 16;

type AccountEntry = DueEntry & { parsed: Extract<ParsedKey, { type: "account" }> };
type Candidate = { read: Read; due: number };

/**
 * Deletes anonymous accounts that have been inactive for `olderThan`, oldest first, in batches. Safe beside any number
 * of servers and other runs: an account is deleted only against the very value that was judged.
 *
 * @throws {AnonError} `invalid_duration`, `invalid_options`, `unknown_collection`, `storage_unavailable`
 */
export async function gc(engine: Engine, options: GcOptions = {} as GcOptions): Promise<GcReport> {
  const { dryRun = false, limit = Number.POSITIVE_INFINITY, batch = DEFAULT_BATCH, signal, onProgress } = options;
  const started = performance.now();
  const cutoff = engine.now() - parseDuration(options.olderThan);
  const collection = options.collection === undefined ? null : engine.settings.of(options.collection).name;
  checkWhole("limit", limit, Number.POSITIVE_INFINITY);
  checkWhole("batch", batch, MAXIMUM_BATCH);
  const report = newReport(cutoff, dryRun);
  const selects = (entry: DueEntry): boolean => collection === null || parseKey(entry.key)?.collection === collection;

  let cursor: string | null = null;
  let finished = false;
  while (!finished && report.deleted < limit && !signal?.aborted) {
    // of the accounts in a page all may be deleted, so a page never holds more than may still be
    const page: DuePage = await engine.store.due(cutoff, Math.min(batch, limit - report.deleted), cursor);
    await collectPage(engine, page.entries.filter(selects), options, cutoff, report);
    cursor = page.cursor;
    finished = cursor === null;
    report.durationMs = Math.round(performance.now() - started);
    onProgress?.(structuredClone(report));
  }
  report.remaining ||= !finished && (await isMoreDue(engine, cutoff, cursor, selects));
  report.durationMs = Math.round(performance.now() - started);
  return report;
}

async function collectPage(
  engine: Engine,
  entries: DueEntry[],
  options: GcOptions,
  cutoff: number,
  report: GcReport,
): Promise<void> {
  const accounts: AccountEntry[] = [];
  const claims: (DueEntry & { collection: string })[] = [];
  for (const entry of entries) {
    const parsed = parseKey(entry.key);
    if (parsed?.type === "account") accounts.push({ ...entry, parsed });
    else if (parsed) claims.push({ ...entry, collection: parsed.collection });
  }
  await Promise.all(claims.map((claim) => heal(engine, claim.collection, claim.key, report)));
  const judged = await Promise.all(accounts.map((entry) => judge(engine, entry, cutoff, report)));
  let doomed = judged.filter((candidate) => candidate !== null);
  if (report.dryRun) {
    report.deleted += doomed.length;
    return;
  }
  if (options.beforeDelete) doomed = await notVetoed(doomed, options, report);
  await Promise.all(doomed.map((candidate) => remove(engine, candidate, report)));
}

async function heal(engine: Engine, collection: string, key: string, report: GcReport): Promise<void> {
  // what becomes of the owner is for whoever has the settings of its collection
  if (!engine.settings.find(collection)) return;
  try {
    // a dry run finds the same ones unreadable
    if (report.dryRun) await claimedId(engine.store, key);
    else await healClaim(claimContext(engine), collection, key);
  } catch (error) {
    // one damaged value must not keep all others from being collected; an outage ends the run
    if (!(error instanceof AnonError) || error.code !== "storage_corrupt") throw error;
    report.failed++;
  }
}

/** Counts the account as kept, or answers it as one to be deleted. */
async function judge(
  engine: Engine,
  { key, due, parsed }: AccountEntry,
  cutoff: number,
  report: GcReport,
): Promise<Candidate | null> {
  const settings = engine.settings.find(parsed.collection);
  report.examined++;
  if (!settings) {
    report.kept.unconfigured++;
    return null;
  }
  let read: Read | null;
  try {
    read = await engine.store.readAccount(parsed.collection, parsed.id);
  } catch (error) {
    // one damaged value must not keep all others from being collected; an outage ends the run
    if (!(error instanceof AnonError) || error.code !== "storage_corrupt") throw error;
    report.failed++;
    return null;
  }
  if (!read) {
    // deleted since the page was read, or left in the queue by a crash
    report.examined--;
    if (!report.dryRun) await engine.store.swap(key, null, null);
    return null;
  }
  const { account } = read;
  if (!account.anonymous) {
    report.kept.registered++;
    if (!report.dryRun) await engine.store.replace(read, account, null);
    return null;
  }
  // the queue knows the resolution that was in force when activity was written, the settings the one now
  const until = Math.max(due, activeUntil(account, settings));
  if (until <= cutoff) return { read, due };
  report.kept.active++;
  if (!report.dryRun && until !== due) await engine.store.replace(read, account, dueOf(account, settings));
  return null;
}

async function notVetoed(candidates: Candidate[], options: GcOptions, report: GcReport): Promise<Candidate[]> {
  const allowed: Candidate[] = [];
  const before = report.kept.vetoed + report.failed;
  for (let start = 0; start < candidates.length && !options.signal?.aborted; start += HOOKS_AT_A_TIME) {
    await Promise.all(
      candidates.slice(start, start + HOOKS_AT_A_TIME).map(async (candidate) => {
        try {
          if ((await options.beforeDelete?.(toRecord(candidate.read.account))) === false) report.kept.vetoed++;
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

async function remove(engine: Engine, { read }: Candidate, report: GcReport): Promise<void> {
  if (await engine.store.swap(read.key, read.text, null)) report.deleted++;
  else report.kept.changed++;
}

async function isMoreDue(
  engine: Engine,
  cutoff: number,
  after: string | null,
  selects: (entry: DueEntry) => boolean,
): Promise<boolean> {
  let cursor = after;
  do {
    const page: DuePage = await engine.store.due(cutoff, DEFAULT_BATCH, cursor);
    if (page.entries.some((entry) => selects(entry) && parseKey(entry.key)?.type === "account")) return true;
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
