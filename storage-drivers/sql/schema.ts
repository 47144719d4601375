/** The tables, the index and the view, and their version. */
import { DriverError } from "../shared/driver-error.ts";
import type { Database, Dialect } from "./database.ts";
import type { Names } from "./names.ts";
import type { Statements } from "./statements.ts";

/** The version that this release makes and understands. */
const VERSION = 1;

/** The statements that make the schema where it is missing; executing them again changes nothing. */
export function schemaOf(dialect: Dialect, names: Names): string[] {
  const { table, index, counters, ends, schema } = names;
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
    `CREATE INDEX IF NOT EXISTS ${ends} ON ${counters} (ends)`,
    `CREATE TABLE IF NOT EXISTS ${schema} (version ${types.integer} NOT NULL PRIMARY KEY)`,
    `INSERT INTO ${schema} (version) VALUES (${VERSION}) ON CONFLICT (version) DO NOTHING`,
    viewOf(dialect, names),
  ];
}

/**
 * An account for a row. Merged and quarantined accounts are left out, as they are of `list`, and so is a value that is no
 * account. By `key`, one account is found without reading all. `data` is the JSON of the application's own fields; on
 * PostgreSQL it has U+FFFD for a NUL and for half of a surrogate pair, which text cannot hold there. PostgreSQL before 16
 * cannot check whether a text is JSON, so the view checks how a value begins and ends: one that is damaged in between fails
 * every query that reads it.
 */
function viewOf(dialect: Dialect, { table, view }: Names): string {
  const accounts = `FROM ${table} WHERE key >= 'acc:' AND key < 'acc;'`;
  const inUse = "email IS NOT NULL AND merged IS NULL AND quarantine IS NULL";
  if (dialect === "postgres") {
    // one own field with an escaped NUL or half of a surrogate pair would fail the whole account
    const text = String.raw`CASE WHEN position('\u' IN value) = 0 THEN value
  ELSE regexp_replace(value, '(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})', '\1\\ufffd', 'g') END`;
    return `CREATE OR REPLACE VIEW ${view} AS
SELECT
  ${ID_STEPS.reduce((id, step) => step(id), "split_part(key, ':', 3)")} AS id,
  split_part(key, ':', 2) AS collection,
  email,
  username,
  verified,
  anonymous,
  to_timestamp(created / 1000.0) AS created,
  to_timestamp("lastActive" / 1000.0) AS last_active,
  data,
  key
FROM (SELECT key, value ${accounts}) AS accounts
CROSS JOIN LATERAL json_to_record(
  CASE WHEN left(value, 5) = '{"v":' AND right(value, 1) = '}' THEN CAST(${text} AS json) END
) AS account (
  email text, username text, verified boolean, anonymous boolean, created bigint, "lastActive" bigint, data json,
  merged json, quarantine json
)
WHERE ${inUse}`;
  }
  const [first, second, third] = ID_STEPS as [Step, Step, Step];
  const field = (name: string) => `json_extract(account, '$.${name}')`;
  const time = (name: string) =>
    `strftime('%Y-%m-%dT%H:%M:%S', ${name} / 1000, 'unixepoch') || printf('.%03dZ', ${name} % 1000)`;
  return `CREATE VIEW IF NOT EXISTS ${view} AS
SELECT
  ${third("spelled")} AS id,
  substr(key, 5, instr(substr(key, 5), ':') - 1) AS collection,
  email,
  ${field("username")} AS username,
  ${field("verified")} AS verified,
  ${field("anonymous")} AS anonymous,
  ${time(field("created"))} AS created,
  ${time(field("lastActive"))} AS last_active,
  ${field("data")} AS data,
  key
FROM (
  SELECT key, account, ${second("spelled")} AS spelled,
  ${field("email")} AS email, ${field("merged")} AS merged, ${field("quarantine")} AS quarantine
  FROM (
    SELECT key, CASE WHEN json_valid(value) THEN value END AS account,
    ${first("substr(key, 5 + instr(substr(key, 5), ':'))")} AS spelled
    ${accounts}
  )
)
WHERE ${inUse}`;
}

type Step = (sql: string) => string;

/**
 * The id of an account of its key's spelling, which has `_` before each capital and before each `_`. In three steps, each for
 * a query around the one before: many builds of SQLite, Debian's among them, refuse a whole database if an expression of its
 * schema is nested more than some 20 times.
 */
const ID_STEPS: readonly Step[] = [
  // a dot is in no id; runs of `_` begin with whole pairs, and `replace` goes from left to right
  (spelled) => withCapitals("abcdefghi", `replace(${spelled}, '__', '.')`),
  (first) => withCapitals("jklmnopqr", first),
  (second) => `replace(${withCapitals("stuvwxyz", second)}, '.', '_')`,
];

function withCapitals(letters: string, sql: string): string {
  return [...letters].reduce((inner, letter) => `replace(${inner}, '_${letter}', '${letter.toUpperCase()}')`, sql);
}

/** The schema as a file of SQL, for applications that run migrations themselves. */
export function printedSchema(dialect: Dialect, names: Names): string {
  return `${schemaOf(dialect, names).join(";\n\n")};\n`;
}

/**
 * Checks the schema, and makes it for a write. Returns `false` if it is missing and the caller only reads: then nothing
 * is stored, and a mistyped URL makes no table.
 *
 * @throws {DriverError} `corrupt` for a table of another application or a newer release, `denied` without the right,
 * `invalid_option` for a database that cannot hold Unicode
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
  const rows = await database.read({ sql: statements.present, values: [] });
  // every value would look absent
  if (rows.some(({ name }) => typeof name !== "string")) {
    throw new DriverError(
      "invalid_option",
      `Cannot use the table ${names.table}: the client renames columns or returns rows as arrays, pass one that does neither`,
    );
  }
  const present = rows.map(({ name }) => String(name));
  if (present.includes(names.schema)) {
    const versions = await database.read({ sql: statements.version, values: [] });
    if (versions.length === 0) {
      throw new DriverError(
        "corrupt",
        `Cannot use the table ${names.table}: ${names.schema} has no version; run the output of \`anon schema\` again`,
      );
    }
    // a value that another encoding cannot hold would fail all swaps that share its statement
    const encoding = String(versions[0]?.encoding);
    if (encoding !== "UTF8" && encoding !== "SQL_ASCII") {
      throw new DriverError(
        "invalid_option",
        `Cannot use the table ${names.table}: the encoding of its database is ${encoding}, which cannot hold every character; use a database with the encoding UTF8`,
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
