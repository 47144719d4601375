import { toRecord } from "../account/record.ts";
import type { AnonRecord } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { readByEmail } from "../storage/lookup.ts";

export async function findByEmail(
  engine: Engine,
  email: string,
  options: { collection?: string } = {},
): Promise<AnonRecord | null> {
  const settings = engine.settings.get(options.collection);
  const read = await readByEmail(engine.store, settings.name, email);
  return read && toRecord(read.account);
}
