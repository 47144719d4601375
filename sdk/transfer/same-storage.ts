import { codeKey } from "../storage/keys.ts";
import type { EntryStorage } from "./storage.ts";

/** If this process dies before it has removed the mark, gc removes it after this time: it is a damaged code. */
const LIFETIME_MS = 3_600_000;

/**
 * Whether both are the same storage, whatever their addresses and users are: a mark that is written to one is then in the other.
 * It is removed again.
 */
export async function isSameStorage(
  source: EntryStorage,
  target: EntryStorage,
  collection = "users",
): Promise<boolean> {
  const mark = "mark of a copy";
  // 64 hexadecimal digits, as every code has
  const key = codeKey(collection, `${crypto.randomUUID()}${crypto.randomUUID()}`.replaceAll("-", ""));
  await target.swap(key, null, mark, Date.now() + LIFETIME_MS);
  try {
    return (await source.read(key)) === mark;
  } finally {
    await target.swap(key, mark, null);
  }
}
