import type { Account } from "../../account/account.ts";
import type { Engine } from "../../engine.ts";
import { AnonError } from "../../errors.ts";
import { accountPrefix, isAccountKey } from "../../storage/keys.ts";
import { decodeAroundDamage, readAroundDamage } from "../../storage/read-around-damage.ts";

/**
 * All accounts of a collection, in no particular order and in bounded memory.
 *
 * @throws {AnonError} `storage_corrupt` after the last account, if one could not be read
 */
export async function* eachAccount(engine: Engine, collection: string): AsyncGenerator<Account> {
  let damaged = 0;
  let first: AnonError | undefined;
  for await (const page of engine.store.keyPages(accountPrefix(collection))) {
    // nearly always all are keys of accounts, and then the page need not be copied
    const keys = page.every(isAccountKey) ? page : page.filter(isAccountKey);
    const texts = await readAroundDamage(engine.store, keys);
    for (let index = 0; index < keys.length; index++) {
      const account = accountAt(collection, keys, texts, index);
      if (account instanceof AnonError) {
        first ??= account;
        damaged++;
      } else if (account) {
        yield account;
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
