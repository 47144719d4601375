/** The tables `user` and `account` of Better Auth: JSON, or the database itself. */
import type { ImportedIdentity } from "../../sdk/contract/import.ts";
import { AnonError } from "../../sdk/errors.ts";
import { disabled, type Entry, malformed, type Position } from "./entry.ts";
import { openTables } from "./read-database.ts";
import { readRows } from "./rows.ts";
import type { Source } from "./source.ts";
import type { ReadOptions } from "./system.ts";
import { flagOf, grouped, mayBeSet, ownFields, picked, providerOf, type Row, textOf, timeOf } from "./values.ts";

/** `usePlural` of its adapters adds an s. */
const DOCUMENT = { accounts: ["user", "users"], others: ["account", "accounts"] };

export async function* readBetterAuth(source: Source, options: ReadOptions): AsyncGenerator<Entry> {
  for await (const read of readRows(source, options.identities, DOCUMENT, "userId")) {
    yield "row" in read ? entryOf(read.at, read.row, read.owned, options) : read;
  }
}

export async function* readBetterAuthDatabase(url: string, options: ReadOptions): AsyncGenerator<Entry> {
  const tables = await openTables(url);
  try {
    let plural = "";
    if (!(await tables.columns("user")) && (await tables.columns("users"))) plural = "s";
    const account = `account${plural}`;
    const columns = (await tables.columns(account)) ?? [];
    const owner = columns.find((column) => camel(column) === "userId");
    if (columns.length > 0 && owner === undefined) {
      throw new AnonError("invalid_options", `Cannot read the table ${account}: it has no column userId`);
    }
    let record = 0;
    for await (const page of tables.pages(`user${plural}`)) {
      const ids = page.map(({ id }) => id as string);
      const owned = grouped(owner ? await tables.where(account, owner, ids) : [], (row) => textOf(row[owner ?? ""]));
      for (const row of page) yield entryOf({ record: ++record }, row, owned.get(textOf(row.id)) ?? [], options);
    }
  } finally {
    await tables.close();
  }
}

function entryOf(at: Position, given: Row, owned: readonly Row[], { fields }: ReadOptions): Entry {
  const row = named(given);
  const id = textOf(row.id);
  if (id === undefined) return malformed(at, "Cannot read this account: it has no id");
  const banExpires = timeOf(row.banExpires);
  const isOver = banExpires !== undefined && new Date(banExpires).getTime() < Date.now();
  if (mayBeSet(row.banned) && !isOver) return disabled(at, id, "it is banned in Better Auth");
  const accounts = owned.map(named);
  const anonymous = flagOf(row.isAnonymous);
  const username = textOf(row.username);
  const passwordHash = textOf(accounts.find(({ providerId }) => providerId === "credential")?.password);
  const identities = identitiesOf(accounts);
  const email = textOf(row.email);
  return {
    at,
    isReachable: Boolean(email || passwordHash || identities.length > 0),
    hasSecondFactor: flagOf(row.twoFactorEnabled),
    account: {
      id,
      anonymous,
      email,
      username: anonymous ? undefined : spelled(username, textOf(row.displayUsername)),
      verified: flagOf(row.emailVerified),
      created: timeOf(row.createdAt),
      updated: timeOf(row.updatedAt),
      passwordHash,
      identities,
      fields: ownFields({ name: row.name, image: row.image, ...picked({ ...row, ...given }, fields) }),
    },
  };
}

function identitiesOf(accounts: readonly Row[]): ImportedIdentity[] {
  return accounts.flatMap(({ providerId, accountId, createdAt }) => {
    const provider = providerOf(textOf(providerId) ?? "");
    const subject = textOf(accountId);
    return provider && subject ? [{ provider, subject, linked: timeOf(createdAt) }] : [];
  });
}

/** As it is displayed. Anyone may have any text displayed there, also the username of another person. */
function spelled(username: string | undefined, displayed: string | undefined): string | undefined {
  return username !== undefined && displayed?.toLowerCase() === username.toLowerCase() ? displayed : username;
}

/** Some of its adapters name columns `email_verified`. */
function named(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [camel(column), value]));
}

function camel(column: string): string {
  return column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
