/** The vetoes of the application: `keepMany`, `keep`, the option `beforeDelete` and the hook `beforeDelete`. */

import { toRecord } from "../account/record.ts";
import type { GcOptions, GcReport } from "../contract/retention.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import type { Settings } from "../settings/collections.ts";
import { isNoRoom } from "../storage/read-around-damage.ts";
import type { StoredAccount } from "../storage/store.ts";

// a hook usually asks a database: this many hide its latency and do not flood it
const CALLS_AT_A_TIME = 16;

interface Candidate {
  read: StoredAccount;
}

/** The candidates without a veto. The report counts those with one, and those whose hooks failed. */
export async function notVetoed<C extends Candidate>(
  engine: Engine,
  candidates: readonly C[],
  options: GcOptions,
  report: GcReport,
): Promise<C[]> {
  const allowed: C[] = [];
  let called = 0;
  for (const [collection, some] of byCollection(candidates)) {
    if (options.signal?.aborted) break;
    const left = await notKept(engine, engine.settings.get(collection), some, report);
    called += some.length - left.length;
    called += await eachUntilStopped(left, options, report, async (candidate) => {
      if (await isVetoed(engine, candidate, options)) report.kept.vetoed++;
      else allowed.push(candidate);
    });
  }
  // the run was stopped between hooks: the next run examines the rest
  report.examined -= candidates.length - called;
  report.remaining ||= called < candidates.length;
  return allowed;
}

function byCollection<C extends Candidate>(candidates: readonly C[]): Map<string, C[]> {
  const groups = new Map<string, C[]>();
  for (const candidate of candidates) {
    const { collection } = candidate.read.account;
    const group = groups.get(collection);
    if (group) group.push(candidate);
    else groups.set(collection, [candidate]);
  }
  return groups;
}

/**
 * The candidates of one collection that `keepMany` does not keep. If it fails, or returns anything but ids of accounts that it
 * was called with, all of them are kept and count as failed: an id of something else, or one that was padded or in capitals,
 * would otherwise cost an account that was to be kept.
 */
async function notKept<C extends Candidate>(
  engine: Engine,
  { keepMany }: Settings,
  candidates: readonly C[],
  report: GcReport,
): Promise<readonly C[]> {
  const merged = candidates.filter(({ read }) => read.account.merged);
  const asked = candidates.filter(({ read }) => !read.account.merged);
  if (!keepMany || asked.length === 0) return candidates;
  try {
    const records = asked.map(({ read }) => toRecord(read.account));
    const kept = idsOf(await keepMany(structuredClone(records)), new Set(records.map(({ id }) => id)));
    report.kept.vetoed += kept.size;
    return [...merged, ...asked.filter(({ read }) => !kept.has(read.account.id))];
  } catch (error) {
    if (isOutage(error)) throw error;
    engine.hooks.reportError({ hook: "keepMany", error });
    report.failed += asked.length;
    return merged;
  }
}

/** What `keepMany` returned, as a set. */
function idsOf(returned: unknown, passed: ReadonlySet<string>): ReadonlySet<string> {
  if (!Array.isArray(returned) && !(returned instanceof Set)) {
    throw new TypeError("Cannot use what `keepMany` returned: return an array or a Set of ids");
  }
  const ids = new Set<unknown>(returned);
  for (const id of ids) {
    if (typeof id === "string" && passed.has(id)) continue;
    const shown = typeof id === "string" ? JSON.stringify(id.slice(0, 64)) : `a value of type ${typeof id}`;
    throw new TypeError(
      `Cannot use what \`keepMany\` returned: ${shown} is not the id of a record that it was called with, return only those`,
    );
  }
  return ids as ReadonlySet<string>;
}

/**
 * Calls `action` for each candidate, some at a time, until the run is stopped. One whose action throws counts as failed.
 * Returns how many were called.
 */
export async function eachUntilStopped<C extends Candidate>(
  candidates: readonly C[],
  { signal }: GcOptions,
  report: GcReport,
  action: (candidate: C) => Promise<void>,
): Promise<number> {
  let done = 0;
  for (let start = 0; start < candidates.length && !signal?.aborted; start += CALLS_AT_A_TIME) {
    const some = candidates.slice(start, start + CALLS_AT_A_TIME);
    done += some.length;
    const ends = await Promise.allSettled(
      some.map(async (candidate) => {
        try {
          await action(candidate);
        } catch (error) {
          // after any other failure the account is kept
          if (isOutage(error)) throw error;
          report.failed++;
        }
      }),
    );
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }
  return done;
}

/** Whether the storage is down, which ends the run. */
function isOutage(error: unknown): boolean {
  return error instanceof AnonError && error.code === "storage_unavailable" && !isNoRoom(error);
}

async function isVetoed(engine: Engine, { read }: Candidate, { beforeDelete }: GcOptions): Promise<boolean> {
  const { account } = read;
  // the fields of a merged guest are already the account's: there is nothing left to keep
  if (account.merged) return false;
  const record = () => toRecord(account);
  const { keep } = engine.settings.get(account.collection);
  if (keep && (await keep(structuredClone(record()))) !== false) return true;
  if (beforeDelete && (await beforeDelete(record())) === false) return true;
  try {
    await engine.hooks.runBefore("beforeDelete", () => ({ record: record(), by: "gc" }), "refused");
    return false;
  } catch (error) {
    if (error instanceof AnonError && error.code === "refused") return true;
    throw error;
  }
}
