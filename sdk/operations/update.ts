import { checkGuestData } from "../account/guest.ts";
import { changeOwnFields } from "../account/own-fields.ts";
import { toRecord } from "../account/record.ts";
import type { AccountRef, AnonRecord, OwnFields } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { changeAccount } from "../storage/change.ts";
import { resolveTarget } from "./shared/resolve-target.ts";

export async function update(engine: Engine, target: string | AccountRef, data: OwnFields): Promise<AnonRecord> {
  const { settings, read } = resolveTarget(engine, target, "update this account");
  const changed = await changeAccount(engine, read, async (present) => {
    const fields = await changeOwnFields(present.data, data, settings.schema);
    if (present.anonymous) checkGuestData(fields, settings);
    return { ...present, data: fields, updated: engine.now() };
  });
  if (!changed) throw new AnonError("not_found", "Cannot update this account: there is none with this id");
  return toRecord(changed.after);
}
