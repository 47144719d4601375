/** The tables, the index and the view, and their version. */
import { DriverError } from "../shared/driver-error.ts";
import type { Database, Dialect } from "./database.ts";
import type { Names } from "./names.ts";
import type { Statements } from "./statements.ts";

/** The version that this release makes and understands. */
const VERSION = 1;

/** The statements that make the schema where it is missing; executing them again changes nothing. */
export function schemaOf(dialect: Dialect, names: Names): string[] {
  const { table, index, counters, schema } = names;
  const types =
    dialect === "postgres"
      ? // the order of bytes, in which SQLite sorts too: any other order would depend on the server's locale
        { text: 'text COLLATE "C"', integer: "bigint" }
      : { text: "TEXT", integer: "INTEGER" };
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (
  key ${types.text} NOT NULL PRIMARY KEY,
  value ${types.text} NOT NULL,
  due ${types.integer}
)`,
    `CREATE INDEX IF NOT EXISTS ${index} ON ${table} (due, key) WHERE due IS NOT NULL`,
    `CREATE TABLE IF NOT EXISTS ${counters} (
  subject ${types.text} NOT NULL PRIMARY KEY,
  counted ${types.integer} NOT NULL,
  ends ${types.integer} NOT NULL
)`,
    `CREATE TABLE IF NOT EXISTS ${schema} (version ${types.integer} NOT NULL PRIMARY KEY)`,
    `INSERT INTO ${schema} (version) VALUES (${VERSION}) ON CONFLICT (version) DO NOTHING`,
    viewOf(dialect, names),
  ];
}

/**
 * An account for a row. Merged and quarantined accounts are left out, as they are of `list`. `data` is the JSON of the
 * application's own fields.
 */
function viewOf(dialect: Dialect, { table, view }: Names): string {
  const accounts = `FROM ${table} WHERE key >= 'acc:' AND key < 'acc;'`;
  if (dialect === "postgres") {
    // An own field may hold an escaped NUL or half of a surrogate pair, and then even `->>` of another field fails.
    const json = String.raw`CAST(CASE WHEN position('\u' IN value) = 0 THEN value
ELSE regexp_replace(value, '(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})', '\1\\ufffd', 'g') END AS json)`;
    const time = (name: string) => `to_timestamp(CAST(account->>'${name}' AS bigint) / 1000.0)`;
    return `CREATE OR REPLACE VIEW ${view} AS
SELECT
  split_part(key, ':', 3) AS id,
  split_part(key, ':', 2) AS collection,
  account->>'email' AS email,
  account->>'username' AS username,
  CAST(account->>'verified' AS boolean) AS verified,
  CAST(account->>'anonymous' AS boolean) AS anonymous,
  ${time("created")} AS created,
  ${time("lastActive")} AS last_active,
  account->'data' AS data
FROM (SELECT key, ${json} AS account ${accounts}) AS accounts
WHERE account->'merged' IS NULL AND account->'quarantine' IS NULL`;
  }
  const field = (name: string) => `json_extract(value, '$.${name}')`;
  const time = (name: string) =>
    `strftime('%Y-%m-%dT%H:%M:%S', ${field(name)} / 1000, 'unixepoch') || printf('.%03dZ', ${field(name)} % 1000)`;
  return `CREATE VIEW IF NOT EXISTS ${view} AS
SELECT
  substr(key, 5 + instr(substr(key, 5), ':')) AS id,
  substr(key, 5, instr(substr(key, 5), ':') - 1) AS collection,
  ${field("email")} AS email,
  ${field("username")} AS username,
  ${field("verified")} AS verified,
  ${field("anonymous")} AS anonymous,
  ${time("created")} AS created,
  ${time("lastActive")} AS last_active,
  ${field("data")} AS data
${accounts} AND ${field("merged")} IS NULL AND ${field("quarantine")} IS NULL`;
}

/** The schema as a file of SQL, for applications that run migrations themselves. */
export function printedSchema(dialect: Dialect, names: Names): string {
  return `${schemaOf(dialect, names).join(";\n\n")};\n`;
}

/**
 * Checks the schema, and makes it for a write. Returns `false` if it is missing and the caller only reads: then nothing
 * is stored, and a mistyped URL makes no table.
 *
 * @throws {DriverError} `corrupt` for a table of another application or a newer release, `denied` without the right
 */
export async function ensureSchema(
  database: Database,
  names: Names,
  statements: Statements,
  forWrite: boolean,
): Promise<boolean> {
  if (await isPresent(database, names, statements)) return true;
  if (!forWrite) return false;
  await database.define(schemaOf(database.dialect, names));
  return await isPresent(database, names, statements);
}

async function isPresent(database: Database, names: Names, statements: Statements): Promise<boolean> {
  const present = (await database.read({ sql: statements.present, values: [] })).map(({ name }) => String(name));
  if (present.includes(names.schema)) {
    const versions = await database.read({ sql: statements.version, values: [] });
    if (versions.length === 0) {
      throw new DriverError(
        "corrupt",
        `Cannot use the table ${names.table}: ${names.schema} has no version; run the output of \`anon schema\` again`,
      );
    }
    const newest = Math.max(...versions.map(({ version }) => Number(version)));
    if (newest === VERSION) return true;
    throw new DriverError(
      "corrupt",
      `Cannot use the table ${names.table}: ${names.schema} says version ${newest}, and this release knows ${VERSION}; update this package`,
    );
  }
  if (present.length === 0) return false;
  throw new DriverError(
    "corrupt",
    `Cannot use the table ${names.table}: ${present.join(", ")} exists without ${names.schema}, so something else made it; choose another \`table\``,
  );
}
