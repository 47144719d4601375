import { active } from "../account/activity.ts";
import { toRecord } from "../account/record.ts";
import type { AccountRef, AnonRecord } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { changeByRef } from "./shared/change-by-ref.ts";

export async function restore(engine: Engine, ref: string | AccountRef): Promise<AnonRecord> {
  const notFound = "Cannot restore this account: there is none with this id, it may be gone for good";
  const { after, written } = await changeByRef(engine, ref, notFound, ({ quarantine, ...free }) =>
    // others take over the locks of an account in quarantine without increasing `fence`, so this does, and every change
    // that read the account before fails
    quarantine ? active({ ...free, fence: free.fence + 1 }, engine.now()) : null,
  );
  if (written) await engine.hooks.runAfter("afterRestore", () => ({ record: toRecord(after) }));
  return toRecord(after);
}
