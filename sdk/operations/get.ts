import type { Engine } from "../engine.ts";
import { toRecord } from "../model/record.ts";
import type { AccountRef, AnonRecord } from "../types.ts";
import { resolveRef } from "./resolve-ref.ts";

/** The record of an account, or `null` when there is none. */
export async function get(engine: Engine, ref: string | AccountRef): Promise<AnonRecord | null> {
  const { settings, id } = resolveRef(engine, ref);
  const read = id === null ? null : await engine.store.readAccount(settings.name, id);
  return read && toRecord(read.account);
}
