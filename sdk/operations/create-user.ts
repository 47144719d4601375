import type { NewGuest } from "../account/guest.ts";
import { toRecord } from "../account/record.ts";
import type { Client } from "../contract/limits.ts";
import type { CreatedUser, OwnFields } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { createGuest } from "./shared/create-guest.ts";

export async function createUser(
  engine: Engine,
  options: { collection?: string; data?: OwnFields } = {},
  by: { client?: Client; registers?: boolean } = {},
): Promise<CreatedUser> {
  const settings = engine.settings.get(options.collection);
  const created = ({ account, password }: NewGuest) => ({ record: toRecord(account), email: account.email, password });
  return createGuest(engine, settings, [], options.data, created, by);
}
