import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { type Account, decodeAccount } from "../model/account.ts";
import { parseDuration } from "../model/duration.ts";
import { toRecord } from "../model/record.ts";
import { activeUntil } from "../policy/activity.ts";
import { isAccountKey } from "../storage/keys.ts";
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
    const keys = page.filter(isAccountKey);
    const texts = await engine.store.readTexts(keys);
    for (let index = 0; index < keys.length; index++) {
      const account = accountAt(settings.name, keys, texts, index);
      if (!account || !wanted(account)) continue;
      yield toRecord(account);
      if (--left <= 0) return;
    }
  }
}

/** The account at a place of a page, or `null` when it was deleted since its key was listed. Its text is given up. */
function accountAt(collection: string, keys: string[], texts: (string | null)[], index: number): Account | null {
  const key = keys[index] as string;
  const text = texts[index] ?? null;
  // what is handed out one by one need not all stay until the last is
  texts[index] = null;
  return text === null ? null : decodeAccount(collection, key.slice(key.lastIndexOf(":") + 1), key, text);
}
