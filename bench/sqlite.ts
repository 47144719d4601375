/** The files, the driver and the bare handle of the SQLite rows. */
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AtomicDriver } from "../sdk/storage/port.ts";
import sql from "../storage-drivers/sql/index.ts";
import type { StoredAccount } from "./stored.ts";

export const TABLE = "anon_accounts";

/** The same statements as the driver's schema, without the tables that hold no accounts. */
const SCHEMA = `CREATE TABLE ${TABLE} (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL, due INTEGER);
CREATE INDEX ${TABLE}_due ON ${TABLE} (due, key) WHERE due IS NOT NULL;`;

/** Calls `use` with a new directory, which is removed afterwards. */
export async function inScratch<T>(use: (fileOf: (name: string) => string) => Promise<T>): Promise<T> {
  const scratch = mkdtempSync(join(tmpdir(), "anon-bench-"));
  try {
    return await use((name) => join(scratch, `${name}.db`));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The driver with an application's settings, except for a timeout that suits a busy machine. */
export function driverOf(file: string): AtomicDriver {
  return sql({ url: `sqlite:${file}`, timeout: 60_000 });
}

/** A bare handle with the settings of the driver. `make` makes the table. */
export function bareHandle(file: string, make: boolean): Database {
  const database = new Database(file);
  database.run("PRAGMA journal_mode = WAL");
  database.run("PRAGMA synchronous = NORMAL");
  if (make) database.run(SCHEMA);
  return database;
}

/** Writes `count` accounts with random ids, a hundred of them due in each millisecond. */
export function fill(database: Database, count: number, { id, value, due }: StoredAccount): void {
  database.run(
    `INSERT INTO ${TABLE} (key, value, due)
WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < ?),
ids (i, id) AS MATERIALIZED (SELECT i, substr(lower(hex(randomblob(8))), 1, 15) FROM numbers)
SELECT 'acc:users:' || id, replace(?, ?, id), ? + i / 100 FROM ids`,
    [count, value, id, due],
  );
}
