import { decodeAccount } from "../account/codec-fast.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import type { Settings } from "../settings/collections.ts";
import { parseKey } from "../storage/keys.ts";
import { isDamage, readAroundDamage } from "../storage/read-around-damage.ts";
import type { StoredAccount } from "../storage/store.ts";

/** An account that is due. `read` is `null` when it is gone, and `"unreadable"` when its value is damaged. */
export interface DueAccount {
  key: string;
  due: number;
  collection: string;
  read: StoredAccount | null | "unreadable";
}

/** A page of the due queue with its accounts read. */
export interface LoadedPage {
  accounts: DueAccount[];
  locks: { key: string; collection: string }[];
  /** The keys of reservations. */
  reservations: string[];
  /** The keys of one-time codes. */
  codes: string[];
  cursor: string | null;
}

/** What to load: everything due at or before `cutoff`, of one collection or of all. */
export interface DueScope {
  cutoff: number;
  collection: string | null;
}

/** The settings of one collection, or of all that are configured. */
export function collectionsOf({ settings }: Engine, collection: string | null): readonly Settings[] {
  if (collection !== null) return [settings.get(collection)];
  return settings.configured ?? [settings.get(undefined)];
}

/** Reads the next page of the due queue, and the accounts on it together. */
export async function loadDuePage(
  engine: Engine,
  { cutoff, collection }: DueScope,
  size: number,
  cursor: string | null,
): Promise<LoadedPage> {
  const page = await engine.store.due(cutoff, size, cursor);
  const loaded: LoadedPage = { accounts: [], locks: [], reservations: [], codes: [], cursor: page.cursor };
  const ids: string[] = [];
  for (const { key, due } of page.entries) {
    const parsed = parseKey(key);
    if (!parsed || (collection !== null && parsed.collection !== collection)) continue;
    if (parsed.type === "lock") loaded.locks.push({ key, collection: parsed.collection });
    else if (parsed.type === "reservation") loaded.reservations.push(key);
    else if (parsed.type === "code") loaded.codes.push(key);
    else {
      loaded.accounts.push({ key, due, collection: parsed.collection, read: null });
      ids.push(parsed.id);
    }
  }
  const texts = await readAroundDamage(
    engine.store,
    loaded.accounts.map(({ key }) => key),
  );
  for (const [index, account] of loaded.accounts.entries()) {
    const text = texts[index] ?? null;
    if (text instanceof AnonError) account.read = "unreadable";
    else if (text !== null) account.read = decoded(account, ids[index] as string, text);
  }
  return loaded;
}

function decoded({ key, collection }: DueAccount, id: string, text: string): StoredAccount | "unreadable" {
  try {
    return { key, text, account: decodeAccount(collection, id, key, text) };
  } catch (error) {
    // one damaged value must not keep all others from being collected
    if (!isDamage(error)) throw error;
    return "unreadable";
  }
}
