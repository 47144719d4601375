import { toRecord } from "../account/record.ts";
import type { AccountRef, AnonRecord } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { changeAccount } from "../storage/change.ts";
import { resolveRef } from "./shared/resolve-ref.ts";

const MAXIMUM_REASON = 1_000;

export async function hold(
  engine: Engine,
  ref: string | AccountRef,
  { reason }: { reason?: string } = {},
): Promise<AnonRecord> {
  if (reason !== undefined && (typeof reason !== "string" || reason.length > MAXIMUM_REASON)) {
    throw new AnonError("invalid_options", `Cannot use this \`reason\`: use up to ${MAXIMUM_REASON} characters`);
  }
  const { settings, id } = resolveRef(engine, ref);
  const changed = await changeAccount(
    engine,
    async () => (id === null ? null : await engine.store.readUnmerged(settings.name, id)),
    ({ hold: present, ...free }) => {
      const since = present?.since ?? engine.now();
      return { ...free, hold: { since, ...(reason === undefined ? {} : { reason }) } };
    },
  );
  if (changed) return toRecord(changed.after);
  throw new AnonError("not_found", "Cannot hold this account: there is none with this id");
}
