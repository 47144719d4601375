import type { Engine } from "../engine.ts";
import type { Client } from "../limits/types.ts";
import { toRecord } from "../model/record.ts";
import type { NewGuest } from "../policy/guest.ts";
import type { CreatedUser, OwnFields } from "../types.ts";
import { createGuest } from "./create-guest.ts";

/** Creates an anonymous account without signing it in; only this answer shows its password. */
export async function createAnonymousUser(
  engine: Engine,
  options: { collection?: string; data?: OwnFields } = {},
  by: { client?: Client; registers?: boolean } = {},
): Promise<CreatedUser> {
  const settings = engine.settings.of(options.collection);
  const answer = ({ account, password }: NewGuest) => ({ record: toRecord(account), email: account.email, password });
  return createGuest(engine, settings, [], options.data, answer, by);
}
