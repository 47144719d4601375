/**
 * The list: own fields of the account, one for each book. So two tabs lose nothing of each other's, a book that is put on
 * the list twice is there once, and a merge, which keeps the fields that only one of the two has, makes one list of two.
 */
import { createHash } from "node:crypto";
import type { AnonRecord } from "anon-accounts";
import { anon } from "./accounts.ts";

const PREFIX = "book-";

export function booksOf(record: AnonRecord): string[] {
  return Object.entries(record)
    .filter(([name]) => name.startsWith(PREFIX))
    .map(([, title]) => `${title}`);
}

export async function addBook({ id }: AnonRecord, title: string): Promise<void> {
  const name = `${PREFIX}${createHash("sha256").update(title).digest("hex").slice(0, 16)}`;
  await anon.admin.update(id, { [name]: title });
}
