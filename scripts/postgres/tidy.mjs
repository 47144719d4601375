/** Removes the tables and views of a test run from the server of POSTGRES_URL. */
import { query } from "./query.mjs";

/**
 * Tests write to tables whose names begin with the name of their run.
 *
 * @param {string} url
 * @param {string} run
 */
export async function tidy(url, run) {
  await query(
    url,
    `DO $$ DECLARE found record; BEGIN
      FOR found IN
        SELECT oid::regclass AS name, CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind
        FROM pg_class WHERE relkind IN ('r', 'p', 'v') AND relname LIKE '${run}\\_%' ORDER BY relkind DESC
      LOOP EXECUTE format('DROP %s IF EXISTS %s CASCADE', found.kind, found.name); END LOOP;
    END $$`,
  );
}
