import { claimContext, type Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { carryOut, type MarkedGuest } from "../merging/carry-out.ts";
import { finishMerge, isUnfinished } from "../merging/finish.ts";
import { type Account, decodeAccount } from "../model/account.ts";
import type { Settings } from "../policy/settings.ts";
import { healClaim } from "../storage/claims.ts";
import { isAccountKey, parseKey } from "../storage/keys.ts";
import { isDamage, readAroundDamage } from "../storage/read-around-damage.ts";
import type { Read } from "../storage/store.ts";
import type { DoctorOptions, DoctorReport } from "../types.ts";

const PAGE = 1_000;

/** So many damaged keys are named; all are counted. */
const NAMED = 100;

/**
 * Looks at every account of a collection, finishes what processes left undone that died, and tells what it cannot read. A
 * merge that was begun and not committed is gone on with only where there is a hook `merge`: without it the application's
 * data would stay behind.
 *
 * @throws {AnonError} `unknown_collection`, `storage_unavailable`
 */
export async function doctor(engine: Engine, options: DoctorOptions = {}): Promise<DoctorReport> {
  const { signal, dryRun = false } = options;
  const settings = engine.settings.of(options.collection);
  const report: DoctorReport = {
    guarantee: engine.store.guarantee,
    accounts: { anonymous: 0, registered: 0, held: 0, quarantined: 0, merged: 0 },
    merges: { begun: 0, finished: 0, failed: 0 },
    damaged: { count: 0, keys: [] },
    dryRun,
  };
  if (!dryRun) await healClaims(engine, settings, report);
  for await (const page of engine.store.accountKeys(settings.name)) {
    if (signal?.aborted) break;
    const keys = page.filter(isAccountKey);
    const texts = await readAroundDamage(engine.store, keys);
    for (const [index, key] of keys.entries()) {
      const read = readOf(settings, key, texts[index] ?? null, report);
      if (!read) continue;
      count(read.account, report);
      if (isUnfinished(read) || read.account.merging) await resume(engine, settings, read, report);
    }
  }
  return report;
}

function readOf(settings: Settings, key: string, text: string | null | AnonError, report: DoctorReport): Read | null {
  if (text === null) return null;
  if (!(text instanceof AnonError)) {
    try {
      return { key, text, account: decodeAccount(settings.name, key.slice(key.lastIndexOf(":") + 1), key, text) };
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
  }
  damaged(key, report);
  return null;
}

function damaged(key: string, { damaged: all }: DoctorReport): void {
  all.count++;
  if (all.keys.length < NAMED) all.keys.push(key);
}

function count({ anonymous, hold, quarantine, merged }: Account, { accounts }: DoctorReport): void {
  if (merged) accounts.merged++;
  else if (quarantine) accounts.quarantined++;
  else accounts[anonymous ? "anonymous" : "registered"]++;
  if (hold) accounts.held++;
}

async function resume(engine: Engine, settings: Settings, read: Read, { merges, dryRun }: DoctorReport): Promise<void> {
  const isCommitted = isUnfinished(read);
  merges.begun++;
  // while it is on hold or in quarantine no merge of it is committed: to ask the application would move its data all the same
  const waits = read.account.hold !== undefined || read.account.quarantine !== undefined;
  if (dryRun || !(isCommitted || (engine.happenings.has("merge") && !waits))) return;
  try {
    if (isCommitted) await finishMerge(engine, settings, read);
    else await carryOut(engine, settings, read.account as MarkedGuest);
    merges.finished++;
  } catch (error) {
    // an outage ends it; of everything else the guest is as it was, and the next ones are looked at all the same
    if (error instanceof AnonError && error.code === "storage_unavailable") throw error;
    merges.failed++;
  }
}

/** Claims that nobody settled stand at the beginning of the due queue. */
async function healClaims(engine: Engine, { name }: Settings, report: DoctorReport): Promise<void> {
  let cursor: string | null = null;
  do {
    const page = await engine.store.due(0, PAGE, cursor);
    cursor = page.cursor;
    for (const { key } of page.entries) {
      const parsed = parseKey(key);
      if (parsed?.type !== "claim" || parsed.collection !== name) continue;
      try {
        await healClaim(claimContext(engine), name, key);
      } catch (error) {
        if (!isDamage(error)) throw error;
        damaged(key, report);
      }
    }
  } while (cursor !== null);
}
