import { toRecord } from "../account/record.ts";
import type { AnonRecord } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { readByUsername } from "../storage/lookup.ts";

export async function findByUsername(
  engine: Engine,
  username: string,
  options: { collection?: string } = {},
): Promise<AnonRecord | null> {
  const settings = engine.settings.get(options.collection);
  const read = await readByUsername(engine.store, settings.name, username);
  return read && toRecord(read.account);
}
