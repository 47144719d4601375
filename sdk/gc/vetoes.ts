/** The vetoes of the application: `keep`, the option `beforeDelete` and the hook `beforeDelete`. */

import { toRecord } from "../account/record.ts";
import type { GcOptions, GcReport } from "../contract/retention.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
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
  const done = await eachUntilStopped(candidates, options, report, async (candidate) => {
    if (await isVetoed(engine, candidate, options)) report.kept.vetoed++;
    else allowed.push(candidate);
  });
  // the run was stopped between hooks: the next run examines the rest
  report.examined -= candidates.length - done;
  report.remaining ||= done < candidates.length;
  return allowed;
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
          // an outage ends the run; after any other failure the account is kept
          if (error instanceof AnonError && error.code === "storage_unavailable" && !isNoRoom(error)) throw error;
          report.failed++;
        }
      }),
    );
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }
  return done;
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
