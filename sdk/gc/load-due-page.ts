import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import type { Settings } from "../settings/collections.ts";
import { parseKey } from "../storage/keys.ts";
import { decodeAroundDamage, readAroundDamage } from "../storage/read-around-damage.ts";
import type { StoredAccount } from "../storage/store.ts";

/** `read` is `null` when the account is gone, and `"unreadable"` when its value is damaged. */
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

/** Reads the next page of the due queue, and all accounts on it in one read. */
export async function loadDuePage(
  engine: Engine,
  { cutoff, collection }: DueScope,
  size: number,
  cursor: string | null,
): Promise<LoadedPage> {
  const page = await engine.store.due(cutoff, size, cursor);
  const loaded: LoadedPage = { accounts: [], locks: [], reservations: [], codes: [], cursor: page.cursor };
  for (const { key, due } of page.entries) {
    const parsed = parseKey(key);
    if (!parsed || (collection !== null && parsed.collection !== collection)) continue;
    if (parsed.type === "lock") loaded.locks.push({ key, collection: parsed.collection });
    else if (parsed.type === "reservation") loaded.reservations.push(key);
    else if (parsed.type === "code") loaded.codes.push(key);
    else loaded.accounts.push({ key, due, collection: parsed.collection, read: null });
  }
  const texts = await readAroundDamage(
    engine.store,
    loaded.accounts.map(({ key }) => key),
  );
  for (const [index, account] of loaded.accounts.entries()) {
    const text = texts[index] ?? null;
    if (text !== null) account.read = readOf(account, text);
  }
  return loaded;
}

function readOf({ key, collection }: DueAccount, text: string | AnonError): StoredAccount | "unreadable" {
  // one damaged value must not keep all others from being collected
  if (text instanceof AnonError) return "unreadable";
  const account = decodeAroundDamage(collection, key, text);
  return account instanceof AnonError ? "unreadable" : { key, text, account };
}
