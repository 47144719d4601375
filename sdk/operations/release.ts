import { toRecord } from "../account/record.ts";
import type { AccountRef, AnonRecord } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { changeByRef } from "./shared/change-by-ref.ts";

export async function release(engine: Engine, ref: string | AccountRef): Promise<AnonRecord> {
  const notFound = "Cannot release this account: there is none with this id";
  const { after } = await changeByRef(engine, ref, notFound, ({ hold, ...free }) => (hold ? free : null));
  return toRecord(after);
}
