import { active, dueOf } from "../account/activity.ts";
import { toRecord } from "../account/record.ts";
import type { AccountRef, AnonRecord } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { changeAccount } from "../storage/change.ts";
import { resolveRef } from "./shared/resolve-ref.ts";

/**
 * Brings an account back from quarantine, as it was and with its sessions; it counts as active now. One that is not in
 * quarantine stays as it is.
 *
 * @throws {AnonError} `not_found`, `conflict`
 */
export async function restore(engine: Engine, ref: string | AccountRef): Promise<AnonRecord> {
  const { settings, id } = resolveRef(engine, ref);
  let restored = false;
  const account =
    id === null
      ? null
      : await changeAccount(
          engine.store,
          () => engine.store.readAny(settings.name, id).then((read) => (read?.account.merged ? null : read)),
          ({ quarantine, ...free }) => {
            restored = quarantine !== undefined;
            // claims of an account in quarantine are taken over without a fence: whoever read it before is stopped here
            return restored ? active({ ...free, fence: free.fence + 1 }, engine.now()) : null;
          },
          (next) => dueOf(next, settings),
        );
  if (!account) {
    throw new AnonError(
      "not_found",
      "Cannot restore this account: there is none with this id, it may be gone for good",
    );
  }
  if (restored) await engine.happenings.tell("afterRestore", () => ({ record: toRecord(account) }));
  return toRecord(account);
}
