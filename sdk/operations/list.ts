import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { parseDuration } from "../model/duration.ts";
import { toRecord } from "../model/record.ts";
import { activeUntil } from "../policy/activity.ts";
import { parseKey } from "../storage/keys.ts";
import type { Read } from "../storage/store.ts";
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
  for await (const reads of pages(engine, settings.name)) {
    for (const { account } of reads) {
      if (anonymous !== undefined && account.anonymous !== anonymous) continue;
      if (cutoff !== null && activeUntil(account, settings) > cutoff) continue;
      yield toRecord(account);
      if (--left <= 0) return;
    }
  }
}

async function* pages(engine: Engine, collection: string): AsyncGenerator<Read[]> {
  let ids: string[] = [];
  for await (const key of engine.store.accountKeys(collection)) {
    const parsed = parseKey(key);
    if (parsed?.type !== "account") continue;
    ids.push(parsed.id);
    if (ids.length < PAGE) continue;
    yield await readAll(engine, collection, ids);
    ids = [];
  }
  yield await readAll(engine, collection, ids);
}

async function readAll(engine: Engine, collection: string, ids: string[]): Promise<Read[]> {
  const reads = await Promise.all(ids.map((id) => engine.store.readAccount(collection, id)));
  // deleted since its key was listed
  return reads.filter((read) => read !== null);
}
