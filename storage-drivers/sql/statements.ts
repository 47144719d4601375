/** The SQL of every call but those that make the schema. Each `?` is a placeholder. */
import type { Dialect } from "./database.ts";
import type { Names } from "./names.ts";

export type Statements = Readonly<
  Record<
    | "present"
    | "version"
    | "read"
    | "readMany"
    | "readEntries"
    | "dueTimes"
    | "keys"
    | "keysAfter"
    | "due"
    | "dueEnd"
    | "deleteDue"
    | "create"
    | "replace"
    | "remove"
    | "force"
    | "forceRemove"
    | "count"
    | "remaining"
    | "giveBack"
    | "clearCount"
    | "forgetCounts",
    string
  >
>;

export function statementsFor(dialect: Dialect, names: Names): Statements {
  const sql = dialect === "postgres" ? POSTGRES : SQLITE;
  const { table, counters } = names;
  const after = `due <= ${sql.integer} AND (due, key) > (${sql.integer}, ?)`;
  const statements: Statements = {
    // the schema last: while another process makes all at once, what is seen of it is then seen with its schema
    present: sql.present([
      names.table,
      `${names.table}_due`,
      `${names.table}_ends`,
      names.counters,
      names.view,
      names.schema,
    ]),
    version: `SELECT CAST(version AS integer) AS version, ${sql.encoding} AS encoding FROM ${names.schema}`,
    read: `SELECT value FROM ${table} WHERE key = ?`,
    readMany: `SELECT key, value FROM ${sql.ofKeys(table)}`,
    readEntries: `SELECT key, value, ${sql.double("due")} AS due FROM ${sql.ofKeys(table)}`,
    dueTimes: `SELECT key, ${sql.double("due")} AS due FROM ${sql.ofKeys(table)}`,
    keys: `SELECT key FROM ${table} WHERE key >= ? ORDER BY key LIMIT ${sql.integer}`,
    keysAfter: `SELECT key FROM ${table} WHERE key > ? ORDER BY key LIMIT ${sql.integer}`,
    due: `SELECT key, ${sql.double("due")} AS time FROM ${table} WHERE ${after} ORDER BY due, key LIMIT ${sql.integer}`,
    // the last entry of a page, and how many it has
    dueEnd: `SELECT ${sql.double("due")} AS time, key, CAST(count(*) OVER () AS integer) AS size FROM (
  SELECT due, key FROM ${table} WHERE ${after} ORDER BY due, key LIMIT ${sql.integer}
) AS page ORDER BY due DESC, key DESC LIMIT 1`,
    deleteDue: sql.deleteDue(table, `${after} AND (due, key) <= (${sql.integer}, ?)`),
    create: `INSERT INTO ${table} (key, value, due) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING`,
    replace: `UPDATE ${table} SET value = ?, due = ? WHERE key = ? AND value = ?`,
    remove: `DELETE FROM ${table} WHERE key = ? AND value = ?`,
    force: `INSERT INTO ${table} (key, value, due) VALUES (?, ?, NULL)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, due = NULL`,
    forceRemove: `DELETE FROM ${table} WHERE key = ?`,
    // Values: subject, window in ms, maximum. It returns no row when the maximum was reached.
    count: `INSERT INTO ${counters} AS c (subject, counted, ends) VALUES (?, 1, ${sql.now} + ${sql.integer})
ON CONFLICT (subject) DO UPDATE SET
  counted = CASE WHEN c.ends <= ${sql.now} THEN 1 ELSE c.counted + 1 END,
  ends = CASE WHEN c.ends <= ${sql.now} THEN excluded.ends ELSE c.ends END
WHERE c.ends <= ${sql.now} OR c.counted < ${sql.integer}
RETURNING counted`,
    remaining: `SELECT ${sql.double(`ends - ${sql.now}`)} AS remaining FROM ${counters} WHERE subject = ?`,
    giveBack: `UPDATE ${counters} SET counted = counted - 1 WHERE subject = ? AND counted > 0`,
    clearCount: `DELETE FROM ${counters} WHERE subject = ?`,
    forgetCounts: sql.forgetCounts(counters),
  };
  return dialect === "postgres" ? numbered(statements) : statements;
}

const SQLITE_NOW = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";
const POSTGRES_NOW = "CAST(extract(epoch FROM now()) * 1000 AS bigint)";

const SQLITE = {
  encoding: "'UTF8'",
  // SQLite ignores the case of names
  present: (all: readonly string[]) =>
    `SELECT lower(name) AS name FROM sqlite_master WHERE lower(name) IN (${all.map(quoted).join(", ")})`,
  integer: "?",
  double: (expression: string) => expression,
  ofKeys: (table: string) => `${table} WHERE key IN (SELECT value FROM json_each(?))`,
  now: SQLITE_NOW,
  forgetCounts: (counters: string) =>
    `DELETE FROM ${counters} WHERE subject IN (SELECT subject FROM ${counters} WHERE ends <= ${SQLITE_NOW} ORDER BY ends LIMIT ?)`,
  // a sign before `key`, so that its index is not used; functions and subqueries instead of bounds would take three times as long
  deleteDue: (table: string, page: string) =>
    `DELETE FROM ${table} WHERE ${page} AND +key >= ? AND +key < ? AND value >= ? AND value < ?`,
};

const POSTGRES = {
  encoding: "current_setting('server_encoding')",
  present: (all: readonly string[]) => `SELECT name FROM unnest(ARRAY[${all.map(quoted).join(", ")}]) AS name
WHERE to_regclass(name) IS NOT NULL`,
  // in an expression, a placeholder without a type is a text
  integer: "CAST(? AS bigint)",
  // clients return a bigint as a text; a double holds every time exactly
  double: (expression: string) => `CAST(${expression} AS double precision)`,
  // one look into the index for each key: with `key = ANY(…)`, every row of a small table is compared with every key, and a join
  // reads a whole table that grew after its last ANALYZE
  ofKeys: (table: string) => `unnest(CAST(CAST(? AS text) AS text[])) AS n (wanted)
CROSS JOIN LATERAL (SELECT key, value, due FROM ${table} WHERE key = wanted LIMIT 1) AS t`,
  now: POSTGRES_NOW,
  // in one order and without waiting: other processes forget too
  forgetCounts: (counters: string) => `DELETE FROM ${counters} WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM ${counters} WHERE ends <= ${POSTGRES_NOW} ORDER BY ends LIMIT CAST(? AS bigint) FOR UPDATE SKIP LOCKED
))`,
  // What another transaction has locked is left to it: it is being changed, or deleted by another run.
  deleteDue: (table: string, page: string) => `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM ${table} WHERE ${page} AND key >= ? AND key < ? AND value >= ? AND value < ?
  ORDER BY due, key FOR UPDATE SKIP LOCKED
))`,
};

/** Names hold nothing that needs to be escaped. */
function quoted(name: string): string {
  return `'${name}'`;
}

/** `$1`, `$2` … for the placeholders of each statement. */
function numbered(statements: Statements): Statements {
  const number = (sql: string): string => {
    let count = 0;
    return sql.replace(/\?/g, () => `$${++count}`);
  };
  return Object.fromEntries(Object.entries(statements).map(([name, sql]) => [name, number(sql)])) as Statements;
}
