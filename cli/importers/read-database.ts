/** Tables of SQLite and PostgreSQL, page by page in the order of their key. Nothing is written. */
import { AnonError } from "../../sdk/errors.ts";
import { DriverError } from "../../storage-drivers/shared/driver-error.ts";
import type { Database, Value } from "../../storage-drivers/sql/database.ts";
import { plan } from "../../storage-drivers/sql/options.ts";
import type { Row } from "./values.ts";

const PAGE = 1_000;

/** A page of a large table on a busy server. */
const TIMEOUT_MS = 60_000;

export interface Tables {
  /** All rows of a table, in pages. */
  pages(table: string): AsyncGenerator<Row[]>;
  /** The rows of a table whose column has one of the values. */
  where(table: string, column: string, values: readonly Value[]): Promise<Row[]>;
  /** The columns of a table; `null` if there is no such table, or nothing is in it. */
  columns(table: string): Promise<string[] | null>;
  close(): Promise<void>;
}

/** Whether a text is the URL of a database. */
export function isDatabaseUrl(text: string): boolean {
  return /^(?:sqlite|postgres|postgresql):/i.test(text);
}

/** @throws {AnonError} `invalid_options` for a URL that cannot be used or a file that is missing; `storage_unavailable` */
export async function openTables(url: string): Promise<Tables> {
  const { open, where, dialect } = await speaking(async () => plan({ url, connections: 1, timeout: TIMEOUT_MS }));
  const database = await speaking(() => open(false));
  if (!database) throw new AnonError("invalid_options", `Cannot read ${where}: there is no such file`);
  const placeholder = (at: number): string => (dialect === "postgres" ? `$${at}` : "?");
  const read = (sql: string, values: readonly Value[]): Promise<Row[]> =>
    speaking(() => database.read({ sql, values }));
  const lists = new Map<string, string>();
  const selected = async (table: string): Promise<string> => {
    const list = lists.get(table) ?? (dialect === "postgres" ? await selectList(read, table) : "*");
    lists.set(table, list);
    return `SELECT ${list} FROM ${quoted(table)}`;
  };
  return {
    async *pages(table) {
      const ordered = `ORDER BY "id" LIMIT ${PAGE}`;
      const all = await selected(table);
      let page = await read(`${all} ${ordered}`, []);
      while (page.length > 0) {
        yield page;
        if (page.length < PAGE) return;
        const last = page.at(-1)?.id as Value;
        page = await read(`${all} WHERE "id" > ${placeholder(1)} ${ordered}`, [last]);
      }
    },
    async where(table, column, values) {
      if (values.length === 0) return [];
      const list = values.map((_, index) => placeholder(index + 1)).join(", ");
      return read(`${await selected(table)} WHERE ${quoted(column)} IN (${list})`, values);
    },
    async columns(table) {
      if (!(await hasTable(database, dialect, table))) return null;
      const [first] = await read(`SELECT * FROM ${quoted(table)} LIMIT 1`, []);
      return first ? Object.keys(first) : null;
    },
    close: async () => void (await database.close?.()),
  };
}

async function hasTable(database: Database, dialect: "sqlite" | "postgres", table: string): Promise<boolean> {
  const sql =
    dialect === "postgres"
      ? "SELECT 1 FROM information_schema.tables WHERE table_name = $1 AND table_schema = ANY (current_schemas(false))"
      : "SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name = ?";
  return (await speaking(() => database.read({ sql, values: [table] }))).length > 0;
}

/** All columns. The clients would take a time without a zone for one of this machine's, so those are read as text. */
async function selectList(
  read: (sql: string, values: readonly Value[]) => Promise<Row[]>,
  table: string,
): Promise<string> {
  const times = await read(
    "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1::text) AND atttypid = 'timestamp'::regtype AND NOT attisdropped",
    [quoted(table)],
  );
  const names = times.map(({ attname }) => quoted(attname as string));
  // the last of two columns with one name counts
  return ["*", ...names.map((name) => `${name}::text AS ${name}`)].join(", ");
}

/** A name that comes from a flag may hold anything. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** With the errors of drivers as those of the SDK. */
async function speaking<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    const code = error.code === "invalid_option" ? "invalid_options" : "storage_unavailable";
    throw new AnonError(code, error.message, { cause: error });
  }
}
