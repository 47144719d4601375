import { toRecord } from "../account/record.ts";
import type { AccountExport, AccountRef } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { listSessions } from "./list-sessions.ts";
import { resolveTarget } from "./shared/resolve-target.ts";

export async function exportAccount(engine: Engine, target: string | AccountRef): Promise<AccountExport> {
  const { read } = resolveTarget(engine, target, "export this account");
  const found = await read();
  if (!found) throw new AnonError("not_found", "Cannot export this account: there is none with this id");
  return {
    exported: new Date(engine.now()).toISOString(),
    record: toRecord(found.account),
    lastActive: new Date(found.account.lastActive).toISOString(),
    identities: (found.account.identities ?? []).map((one) => ({ ...one, linked: new Date(one.linked).toISOString() })),
    sessions: await listSessions(engine, target),
  };
}
