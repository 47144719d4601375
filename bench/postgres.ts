/** The driver and the bare clients of the PostgreSQL rows. */
import pg from "pg";
import postgres from "postgres";
import type { AtomicDriver } from "../sdk/storage/port.ts";
import sql from "../storage-drivers/sql/index.ts";
import type { StoredAccount } from "./stored.ts";

/** The driver's table, and one of the same columns and indexes for the bare statements. */
export const TABLE = "anon_accounts";
export const BARE = "bare_accounts";

/** The rows count the fastest of these. With 1 and 2 connections each client was slower. */
const CONNECTIONS = { pg: [10, 20], postgresJs: [4, 10, 20] };

export interface BareClient {
  name: string;
  /** Executes a prepared statement; `name` is the one that the server knows it by. */
  execute(name: string, text: string, values: (string | number)[]): Promise<unknown>;
  close(): Promise<void>;
}

/** The driver with an application's settings, except for a timeout that suits a busy machine. */
export function driverOf(url: string): AtomicDriver {
  return sql({ url, timeout: 60_000 });
}

/** For what is not measured. */
export async function adminOf(url: string): Promise<pg.Client> {
  const admin = new pg.Client(url);
  await admin.connect();
  return admin;
}

/** Clients of pg and of postgres.js with several numbers of connections. */
export function bareClients(url: string): BareClient[] {
  return [
    ...CONNECTIONS.pg.map((max) => {
      const pool = new pg.Pool({ connectionString: url, max });
      return {
        name: `pg, ${max} connections`,
        execute: (name: string, text: string, values: (string | number)[]) => pool.query({ name, text, values }),
        close: () => pool.end(),
      };
    }),
    ...CONNECTIONS.postgresJs.map((max) => {
      const client = postgres(url, { max });
      return {
        name: `postgres.js, ${max} connections`,
        execute: (_: string, text: string, values: (string | number)[]) =>
          client.unsafe(text, values, { prepare: true }),
        close: () => client.end(),
      };
    }),
  ];
}

/** Makes the table of the bare statements, and empties both tables. */
export async function makeTables(admin: pg.Client): Promise<void> {
  await admin.query(`DROP TABLE IF EXISTS ${BARE};
CREATE TABLE ${BARE} (key text COLLATE "C" NOT NULL PRIMARY KEY, value text COLLATE "C" NOT NULL, due bigint);
CREATE INDEX ${BARE}_due ON ${BARE} (due, key) WHERE due IS NOT NULL;`);
  await empty(admin);
}

export async function empty(admin: pg.Client): Promise<void> {
  for (const table of [TABLE, BARE]) {
    const { rows } = await admin.query("SELECT to_regclass($1) AS name", [table]);
    if (rows[0].name !== null) await admin.query(`TRUNCATE ${table}`);
  }
}

/** Writes `count` accounts with random ids, a hundred of them due in each millisecond. */
export async function fill(
  admin: pg.Client,
  table: string,
  count: number,
  { id, value, due }: StoredAccount,
): Promise<void> {
  await admin.query(
    `INSERT INTO ${table} (key, value, due)
SELECT 'acc:users:' || id, replace($1, $2, id), CAST($3 AS bigint) + i / 100
FROM (SELECT i, substr(md5(random()::text), 1, 15) AS id FROM generate_series(1, CAST($4 AS integer)) AS i OFFSET 0) AS ids`,
    [value, id, due, count],
  );
  // what autovacuum does in the minutes after
  await admin.query(`VACUUM (ANALYZE) ${table}`);
}
