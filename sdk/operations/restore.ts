import { active } from "../account/activity.ts";
import { toRecord } from "../account/record.ts";
import type { AccountRef, AnonRecord } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { changeAccount } from "../storage/change.ts";
import { resolveRef } from "./shared/resolve-ref.ts";

export async function restore(engine: Engine, ref: string | AccountRef): Promise<AnonRecord> {
  const { settings, id } = resolveRef(engine, ref);
  const changed = await changeAccount(
    engine,
    async () => (id === null ? null : await engine.store.readUnmerged(settings.name, id)),
    ({ quarantine, ...free }) =>
      // locks of an account in quarantine are taken over without a fence: changes that read it before must fail
      quarantine ? active({ ...free, fence: free.fence + 1 }, engine.now()) : null,
  );
  if (!changed) {
    throw new AnonError(
      "not_found",
      "Cannot restore this account: there is none with this id, it may be gone for good",
    );
  }
  const { after, written } = changed;
  if (written) await engine.hooks.runAfter("afterRestore", () => ({ record: toRecord(after) }));
  return toRecord(after);
}
