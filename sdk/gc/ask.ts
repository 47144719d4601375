/** The application's say in what is collected. */

import { toRecord } from "../account/record.ts";
import type { GcOptions, GcReport } from "../contract/retention.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { isNoRoom } from "../storage/read-around-damage.ts";
import type { StoredAccount } from "../storage/store.ts";

// an application's hook usually asks a database: enough to hide its latency, few enough not to flood it
const ASKED_AT_A_TIME = 16;

/** Something that is to happen to an account. */
export interface Candidate {
  read: StoredAccount;
}

/**
 * Asks `keep`, `beforeDelete` and the hook about each. Returns those that none wants to keep; the others, and those
 * whose hooks failed, are counted in the report.
 */
export async function notVetoed<C extends Candidate>(
  engine: Engine,
  candidates: readonly C[],
  options: GcOptions,
  report: GcReport,
): Promise<C[]> {
  const allowed: C[] = [];
  const answered = await each(candidates, options, report, async (candidate) => {
    if (await isVetoed(engine, candidate, options)) report.kept.vetoed++;
    else allowed.push(candidate);
  });
  // stopped between hooks: the rest was not dealt with, and is left for the next run
  report.examined -= candidates.length - answered;
  report.remaining ||= answered < candidates.length;
  return allowed;
}

/** Does something about each candidate, some at a time, until the run is stopped. What throws counts as failed. */
export async function each<C extends Candidate>(
  candidates: readonly C[],
  { signal }: GcOptions,
  report: GcReport,
  action: (candidate: C) => Promise<void>,
): Promise<number> {
  let answered = 0;
  for (let start = 0; start < candidates.length && !signal?.aborted; start += ASKED_AT_A_TIME) {
    const some = candidates.slice(start, start + ASKED_AT_A_TIME);
    answered += some.length;
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
  return answered;
}

async function isVetoed(engine: Engine, { read }: Candidate, { beforeDelete }: GcOptions): Promise<boolean> {
  const { account } = read;
  // of a guest that was merged nothing is left to keep
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
