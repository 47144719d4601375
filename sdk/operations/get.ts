import { toRecord } from "../account/record.ts";
import { stateOf } from "../account/state.ts";
import type { AccountRef, AnonRecord } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { forwarded } from "../merge/forwarding.ts";
import { resolveRef } from "./shared/resolve-ref.ts";

/** For the id of a merged guest, the record of the account that it was merged into. */
export async function get(engine: Engine, ref: string | AccountRef): Promise<AnonRecord | null> {
  const { settings, id } = resolveRef(engine, ref);
  const read = id === null ? null : await engine.store.readAny(settings.name, id);
  if (!read || stateOf(read.account) === "quarantined") return null;
  return read.account.merged ? await forwarded(engine, settings, read, read.account.merged) : toRecord(read.account);
}
