import type { Account } from "../account/account.ts";
import { toRecord } from "../account/record.ts";
import type { AnonRecord, ListOptions } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { accountPrefix, isAccountKey } from "../storage/keys.ts";
import { decodeAroundDamage, readAroundDamage } from "../storage/read-around-damage.ts";
import { matching } from "./shared/account-filter.ts";

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
  let damaged = 0;
  let first: AnonError | undefined;
  for await (const page of engine.store.keyPages(accountPrefix(settings.name))) {
    // nearly always all are keys of accounts, and then the page need not be copied
    const keys = page.every(isAccountKey) ? page : page.filter(isAccountKey);
    const texts = await readAroundDamage(engine.store, keys);
    for (let index = 0; index < keys.length; index++) {
      const account = accountAt(settings.name, keys, texts, index);
      if (account instanceof AnonError) {
        first ??= account;
        damaged++;
      } else if (account && wanted(account)) {
        yield toRecord(account);
        if (--left <= 0) return;
      }
    }
  }
  if (first) throw damaged === 1 ? first : new AnonError("storage_corrupt", `${first.message}; ${damaged} are damaged`);
}

type Text = string | null | AnonError;

/** The account at a place of a page; `null` when it was deleted after its key was listed. Drops its text. */
function accountAt(collection: string, keys: string[], texts: Text[], index: number): Account | null | AnonError {
  const key = keys[index] as string;
  const text = texts[index] ?? null;
  // the caller may take its time, so a text must not stay in memory until the whole page is read
  texts[index] = null;
  return text === null || text instanceof AnonError ? text : decodeAroundDamage(collection, key, text);
}
