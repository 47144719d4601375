import { toRecord } from "../account/record.ts";
import type { AccountRef, AnonRecord } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { changeByRef } from "./shared/change-by-ref.ts";

const MAXIMUM_REASON = 1_000;

export async function hold(
  engine: Engine,
  ref: string | AccountRef,
  { reason }: { reason?: string } = {},
): Promise<AnonRecord> {
  if (reason !== undefined && (typeof reason !== "string" || reason.length > MAXIMUM_REASON)) {
    throw new AnonError("invalid_options", `Cannot use this \`reason\`: use up to ${MAXIMUM_REASON} characters`);
  }
  const notFound = "Cannot hold this account: there is none with this id";
  const { after } = await changeByRef(engine, ref, notFound, ({ hold: present, ...free }) => {
    const since = present?.since ?? engine.now();
    return { ...free, hold: { since, ...(reason === undefined ? {} : { reason }) } };
  });
  return toRecord(after);
}
