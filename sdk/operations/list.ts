import { toRecord } from "../account/record.ts";
import type { AnonRecord, ListOptions } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { matching } from "./shared/account-filter.ts";
import { eachAccount } from "./shared/each-account.ts";

/**
 * The records of a collection, in no particular order and in bounded memory.
 *
 * @throws {AnonError} `storage_corrupt` after the last record, if an account could not be read
 */
export async function* list(engine: Engine, options: ListOptions = {}): AsyncGenerator<AnonRecord> {
  const { collection, limit = Number.POSITIVE_INFINITY, ...filter } = options;
  const settings = engine.settings.get(collection);
  const wanted = matching(filter, settings, engine.now());
  if (limit !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw new AnonError("invalid_options", "Cannot use this `limit`: use a whole number");
  }
  let left = limit;
  if (left <= 0) return;
  for await (const account of eachAccount(engine, settings.name)) {
    if (!wanted(account)) continue;
    yield toRecord(account);
    if (--left <= 0) return;
  }
}
