/**
 * The list: one field of the account for each book. So two tabs do not overwrite each other, adding a book twice stores it
 * once, and a merge joins two lists, because it keeps the fields that only one of the accounts has.
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
