/** The id of a merged guest leads to the account that the guest was merged into, until the forwarding ends. */
import type { Merged } from "../account/optional-state.ts";
import { toRecord } from "../account/record.ts";
import type { AnonRecord } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import type { Settings } from "../settings/collections.ts";
import type { StoredAccount } from "../storage/store.ts";
import { finishMerge, isUnfinished, leaveUnlessOutage } from "./finish.ts";

/** The record of that account, with the guest's id as `mergedFrom`; `null` once the forwarding has ended. */
export async function forwarded(
  engine: Engine,
  settings: Settings,
  guest: StoredAccount,
  merged: Merged,
): Promise<AnonRecord | null> {
  if (merged.until <= engine.now()) return null;
  // the id of a merge that cannot be finished now is forwarded too
  if (isUnfinished(guest)) await finishMerge(engine, settings, guest).catch(leaveUnlessOutage);
  const into = await engine.store.readAccount(settings.name, merged.into);
  return into && { ...toRecord(into.account), mergedFrom: guest.account.id };
}
