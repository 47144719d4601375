/** Our own format: one `ImportedAccount` a line, as `anon export --all` writes them. */
import type { ImportedAccount } from "../../sdk/contract/import.ts";
import { type Entry, malformed } from "./entry.ts";
import { jsonLines } from "./read-json.ts";
import type { Source } from "./source.ts";
import { textOf } from "./values.ts";

const PROPERTIES: readonly string[] = Object.keys({
  id: true,
  collection: true,
  anonymous: true,
  email: true,
  username: true,
  verified: true,
  created: true,
  updated: true,
  lastActive: true,
  passwordHash: true,
  identities: true,
  fields: true,
} satisfies Record<keyof ImportedAccount, true>);

export async function* readLines(source: Source): AsyncGenerator<Entry> {
  for await (const read of jsonLines(source.open(), source.name)) {
    if (!("row" in read)) {
      yield read;
      continue;
    }
    const { at, row } = read;
    const unknown = Object.keys(row).find((name) => !PROPERTIES.includes(name));
    const misplaced = ["identities"].find((name) => row[name] !== undefined && !Array.isArray(row[name]));
    if (unknown !== undefined) {
      // a misspelt property would be lost
      yield malformed(at, "Cannot import this line: it has an unknown property", textOf(row.id));
    } else if (misplaced !== undefined) {
      yield malformed(at, `Cannot import this line: \`${misplaced}\` is no array`, textOf(row.id));
    } else {
      const account = row as unknown as ImportedAccount;
      const { email, username, passwordHash, identities = [] } = account;
      yield { at, account, isReachable: Boolean(email || username || passwordHash || identities.length > 0) };
    }
  }
}
