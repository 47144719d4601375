import type { Engine } from "../engine.ts";
import { toRecord } from "../model/record.ts";
import type { CreatedUser, OwnFields } from "../types.ts";
import { createGuest } from "./create-guest.ts";

/** Creates an anonymous account without signing it in; only this answer shows its password. */
export async function createAnonymousUser(
  engine: Engine,
  options: { collection?: string; data?: OwnFields } = {},
): Promise<CreatedUser> {
  const settings = engine.settings.of(options.collection);
  return createGuest(engine, settings, [], options.data, ({ account, password }) => ({
    record: toRecord(account),
    email: account.email,
    password,
  }));
}
