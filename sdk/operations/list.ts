import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { type Account, decodeAccount } from "../model/account.ts";
import { parseDuration } from "../model/duration.ts";
import { toRecord } from "../model/record.ts";
import { activeUntil } from "../policy/activity.ts";
import { parseKey } from "../storage/keys.ts";
import type { AnonRecord, ListOptions } from "../types.ts";

// read at a time: enough for one round trip to be shared by many, little enough to stay bounded in memory
const PAGE = 256;

/** The records of a collection, in no particular order and in bounded memory. */
export async function* list(engine: Engine, options: ListOptions = {}): AsyncGenerator<AnonRecord> {
  const { anonymous, inactiveFor, limit = Number.POSITIVE_INFINITY } = options;
  const settings = engine.settings.of(options.collection);
  const cutoff = inactiveFor === undefined ? null : engine.now() - parseDuration(inactiveFor);
  if (limit !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw new AnonError("invalid_options", "Cannot use this `limit`: use a whole number");
  }
  let left = limit;
  if (left <= 0) return;
  for await (const accounts of pages(engine, settings.name)) {
    for (const account of accounts) {
      if (anonymous !== undefined && account.anonymous !== anonymous) continue;
      if (cutoff !== null && activeUntil(account, settings) > cutoff) continue;
      yield toRecord(account);
      if (--left <= 0) return;
    }
  }
}

async function* pages(engine: Engine, collection: string): AsyncGenerator<Account[]> {
  let keys: string[] = [];
  for await (const key of engine.store.accountKeys(collection)) {
    if (parseKey(key)?.type !== "account") continue;
    keys.push(key);
    if (keys.length < PAGE) continue;
    yield await readAll(engine, collection, keys);
    keys = [];
  }
  yield await readAll(engine, collection, keys);
}

async function readAll(engine: Engine, collection: string, keys: string[]): Promise<Account[]> {
  const accounts: Account[] = [];
  for (const [index, text] of (await engine.store.readTexts(keys)).entries()) {
    const key = keys[index] as string;
    const id = key.slice(key.lastIndexOf(":") + 1);
    // null: deleted since its key was listed
    if (text !== null) accounts.push(decodeAccount(collection, id, key, text));
  }
  return accounts;
}
