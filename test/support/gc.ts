/** Shared by the tests of gc: guests to collect, and reports that can be compared. */
import assert from "node:assert/strict";
import type { GcReport } from "../../sdk/contract/retention.ts";
import { MINUTE, type setUp } from "./sdk.ts";

export const NOTHING_KEPT: GcReport["kept"] = {
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

/** The report without its duration, which depends on the machine. */
export function counts({ durationMs, ...report }: GcReport): Omit<GcReport, "durationMs"> {
  assert(Number.isSafeInteger(durationMs) && durationMs >= 0);
  return report;
}

/** Creates `count` guests a minute apart and returns their ids, oldest first; the last is active now. */
export async function guests(world: ReturnType<typeof setUp>, count: number, collection = "users"): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    if (index > 0) world.clock.now += MINUTE;
    ids.push((await world.anon.signInAnonymously({ collection })).record.id);
  }
  return ids;
}
