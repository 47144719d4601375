import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { type Account, decodeAccount } from "../model/account.ts";
import { parseDuration } from "../model/duration.ts";
import { toRecord } from "../model/record.ts";
import { activeUntil } from "../policy/activity.ts";
import { parseKey } from "../storage/keys.ts";
import type { AnonRecord, ListOptions } from "../types.ts";

/** The records of a collection, in no particular order and in bounded memory. */
export async function* list(engine: Engine, options: ListOptions = {}): AsyncGenerator<AnonRecord> {
  const { anonymous, inactiveFor, limit = Number.POSITIVE_INFINITY } = options;
  const settings = engine.settings.of(options.collection);
  const cutoff = inactiveFor === undefined ? null : engine.now() - parseDuration(inactiveFor);
  if (limit !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw new AnonError("invalid_options", "Cannot use this `limit`: use a whole number");
  }
  const wanted = (account: Account): boolean =>
    (anonymous === undefined || account.anonymous === anonymous) &&
    (cutoff === null || activeUntil(account, settings) <= cutoff);
  let left = limit;
  if (left <= 0) return;
  for await (const page of engine.store.accountKeys(settings.name)) {
    const keys = page.filter((key) => parseKey(key)?.type === "account");
    for (const record of recordsOf(settings.name, keys, await engine.store.readTexts(keys), wanted)) {
      yield record;
      if (--left <= 0) return;
    }
  }
}

function recordsOf(
  collection: string,
  keys: readonly string[],
  texts: readonly (string | null)[],
  wanted: (account: Account) => boolean,
): AnonRecord[] {
  const records: AnonRecord[] = [];
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string;
    const text = texts[index] ?? null;
    // deleted since its key was listed
    if (text === null) continue;
    const account = decodeAccount(collection, key.slice(key.lastIndexOf(":") + 1), key, text);
    if (wanted(account)) records.push(toRecord(account));
  }
  return records;
}
