import { toRecord } from "../account/record.ts";
import { stateOf } from "../account/state.ts";
import type { AccountRef, AnonRecord } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { finishMerge, isUnfinished, leaveUnlessOutage } from "../merge/finish.ts";
import { resolveRef } from "./shared/resolve-ref.ts";

/** For the id of a merged guest, the record of the account that it was merged into. */
export async function get(engine: Engine, ref: string | AccountRef): Promise<AnonRecord | null> {
  const { settings, id } = resolveRef(engine, ref);
  const read = id === null ? null : await engine.store.readAny(settings.name, id);
  if (!read || stateOf(read.account) === "quarantined") return null;
  const { merged } = read.account;
  if (!merged) return toRecord(read.account);
  if (merged.until <= engine.now()) return null;
  // the id of a merge that cannot be finished now is forwarded too
  if (isUnfinished(read)) await finishMerge(engine, settings, read).catch(leaveUnlessOutage);
  const into = await engine.store.readAccount(settings.name, merged.into);
  return into && { ...toRecord(into.account), mergedFrom: read.account.id };
}
