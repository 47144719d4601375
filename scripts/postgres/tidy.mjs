/** Removes the tables and schemas of a test run from the server of POSTGRES_URL. */
import { Client } from "pg";

/**
 * Tests write to tables whose names begin with the name of their run, and to tables in such schemas.
 *
 * @param {string} url
 * @param {string} run
 */
export async function tidy(url, run) {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query(
      `SELECT 'SCHEMA' AS kind, oid::regnamespace::text AS name FROM pg_namespace WHERE nspname LIKE $1
      UNION ALL SELECT 'TABLE', oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p') AND relname LIKE $1`,
      [`${run}\\_%`],
    );
    // A view is dropped with its table.
    for (const { kind, name } of rows) await client.query(`DROP ${kind} IF EXISTS ${name} CASCADE`);
  } finally {
    await client.end();
  }
}
