import { toRecord } from "../account/record.ts";
import type { AccountRef, AnonRecord } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { changeAccount } from "../storage/change.ts";
import { resolveRef } from "./shared/resolve-ref.ts";

export async function release(engine: Engine, ref: string | AccountRef): Promise<AnonRecord> {
  const { settings, id } = resolveRef(engine, ref);
  const changed = await changeAccount(
    engine,
    async () => (id === null ? null : await engine.store.readUnmerged(settings.name, id)),
    ({ hold, ...free }) => (hold ? free : null),
  );
  if (changed) return toRecord(changed.after);
  throw new AnonError("not_found", "Cannot release this account: there is none with this id");
}
