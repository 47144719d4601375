/** An auth collection of PocketBase, from its file `data.db`. */
import type { ImportedIdentity } from "../../sdk/contract/import.ts";
import { AnonError } from "../../sdk/errors.ts";
import { type Entry, malformed, type Position } from "./entry.ts";
import { openTables } from "./read-database.ts";
import type { ReadOptions } from "./system.ts";
import { flagOf, grouped, objectOf, ownFields, picked, providerOf, type Row, textOf, timeOf } from "./values.ts";

/** Columns were renamed in 0.23: `passwordHash` is `password`, `recordId` is `recordRef`. */
const EXTERNAL = "_externalAuths";

export async function* readPocketBase(url: string, options: ReadOptions): AsyncGenerator<Entry> {
  const { table = "users" } = options;
  const tables = await openTables(url);
  try {
    const [collection] = await tables.where("_collections", "name", [table]);
    if (collection?.type !== "auth") {
      throw new AnonError(
        "invalid_options",
        `Cannot find the auth collection ${JSON.stringify(table)}: name it with --table`,
      );
    }
    const hasSecondFactor = flagOf(objectOf(objectOf(collection.options)?.mfa)?.enabled);
    const columns = (await tables.columns(EXTERNAL)) ?? [];
    const record = columns.find((column) => column === "recordRef" || column === "recordId");
    const within = columns.find((column) => column === "collectionRef" || column === "collectionId");
    let count = 0;
    for await (const page of tables.pages(table)) {
      const ids = page.map(({ id }) => id as string);
      const found = record ? await tables.where(EXTERNAL, record, ids) : [];
      const own = found.filter((row) => within === undefined || row[within] === collection.id);
      const owned = grouped(own, (row) => textOf(row[record ?? ""]));
      const read = { ...options, hasSecondFactor };
      for (const row of page) yield entryOf({ record: ++count }, row, owned.get(textOf(row.id)) ?? [], read);
    }
  } finally {
    await tables.close();
  }
}

function entryOf(
  at: Position,
  row: Row,
  owned: readonly Row[],
  { fields, hasSecondFactor }: ReadOptions & { hasSecondFactor: boolean },
): Entry {
  const id = textOf(row.id);
  if (id === undefined) return malformed(at, "Cannot read this account: it has no id");
  const email = textOf(row.email);
  const username = textOf(row.username);
  const passwordHash = textOf(row.password) ?? textOf(row.passwordHash);
  const identities = identitiesOf(owned);
  return {
    at,
    isReachable: Boolean(email || username || passwordHash || identities.length > 0),
    hasSecondFactor,
    account: {
      id,
      email,
      username,
      verified: flagOf(row.verified),
      created: timeOf(row.created),
      updated: timeOf(row.updated),
      passwordHash,
      identities,
      fields: ownFields({ name: row.name, ...picked(row, fields) }),
    },
  };
}

function identitiesOf(rows: readonly Row[]): ImportedIdentity[] {
  return rows.flatMap(({ provider: name, providerId, created }) => {
    const provider = providerOf(textOf(name) ?? "");
    const subject = textOf(providerId);
    return provider && subject ? [{ provider, subject, linked: timeOf(created) }] : [];
  });
}
