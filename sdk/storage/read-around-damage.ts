/** Reading many values where one that is damaged must not hide the others. */
import type { Account } from "../account/account.ts";
import { decodeAccount } from "../account/codec-fast.ts";
import { AnonError } from "../errors.ts";
import { idOfAccountKey } from "./keys.ts";
import type { Store } from "./store.ts";

/** What the storage says of a value that it, or the SDK, finds damaged. */
export function isDamage(error: unknown): error is AnonError {
  return error instanceof AnonError && error.code === "storage_corrupt";
}

/** Whether one write was refused for want of room (memory, disk, quota): reading and deleting go on. */
export function isNoRoom(error: unknown): error is AnonError {
  return error instanceof AnonError && (error.cause as { code?: unknown } | null | undefined)?.code === "full";
}

/** The account of a text; for a damaged one its error. */
export function decodeAroundDamage(collection: string, key: string, text: string): Account | AnonError {
  try {
    return decodeAccount(collection, idOfAccountKey(key), key, text);
  } catch (error) {
    if (isDamage(error)) return error;
    throw error;
  }
}

/** The texts of keys, `null` where there is none, and for one that the storage itself finds damaged its error. */
export async function readAroundDamage(store: Store, keys: readonly string[]): Promise<(string | null | AnonError)[]> {
  try {
    return await store.readTexts(keys);
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  return Promise.all(
    keys.map(async (key) => {
      try {
        return await store.readText(key);
      } catch (error) {
        if (isDamage(error)) return error;
        throw error;
      }
    }),
  );
}
