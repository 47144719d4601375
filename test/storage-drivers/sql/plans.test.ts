/** How the databases execute what reads and deletes many. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Client } from "pg";
import { namesOf } from "../../../storage-drivers/sql/names.ts";
import { schemaOf } from "../../../storage-drivers/sql/schema.ts";
import { statementsFor } from "../../../storage-drivers/sql/statements.ts";
import { hasPostgres, needsPostgres, postgresUrl, stopServers, uniqueTable } from "../../support/postgres.ts";
import { connect, newFile, removeFiles } from "../../support/sqlite.ts";

const table = uniqueTable();
const statements = statementsFor("postgres", namesOf(table));
let client: Client;

before(async () => {
  if (!hasPostgres("shared")) return;
  client = new Client({ connectionString: await postgresUrl() });
  await client.connect();
  for (const statement of schemaOf("postgres", namesOf(table))) await client.query(statement);
  await client.query(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`);
});
after(async () => {
  removeFiles();
  await client?.end();
  await stopServers();
});

async function insert(from: number, until: number): Promise<void> {
  await client.query(
    `INSERT INTO ${table} SELECT 'acc:users:' || lpad(i::text, 15, '0'), '{}', i FROM generate_series($1::int, $2::int) AS i`,
    [from, until - 1],
  );
}

function keyOf(at: number): string {
  return `acc:users:${String(at).padStart(15, "0")}`;
}

describe("plans of PostgreSQL", () => {
  it("look for each key in the index", needsPostgres("shared"), async () => {
    const list = `{${Array.from({ length: 500 }, (_, at) => keyOf(at))}}`;
    const check = async (when: string) => {
      for (const sql of [statements.readMany, statements.readEntries, statements.dueTimes]) {
        const { rows } = await client.query(`EXPLAIN ${sql}`, [list]);
        assert.doesNotMatch(rows.map((row) => row["QUERY PLAN"]).join("\n"), /Seq Scan/, when);
      }
    };
    await insert(0, 3_000);
    await client.query(`ANALYZE ${table}`);
    await insert(3_000, 300_000);
    await check("after it grew");
    await client.query(`DELETE FROM ${table} WHERE key >= $1`, [keyOf(3_000)]);
    await client.query(`VACUUM ANALYZE ${table}`);
    await check("after most were deleted");
  });

  it("delete what is due by the index of the queue", needsPostgres("shared"), async () => {
    await insert(3_000, 100_000);
    for (const statistics of ["of a smaller table", "known"]) {
      if (statistics === "known") await client.query(`ANALYZE ${table}`);
      const values = [9, 0, "", 9, keyOf(9), "acc:users:", "acc:users;", "{", "|"];
      const { rows } = await client.query(`EXPLAIN ${statements.deleteDue}`, values);
      assert.match(rows.map((row) => row["QUERY PLAN"]).join("\n"), new RegExp(`${table}_due`), statistics);
    }
  });

  it("forget counts by their index, and some at a time", needsPostgres("shared"), async () => {
    // 2,000 whose window is over, among many that still count
    await client.query(
      `INSERT INTO ${table}_counters SELECT i::text, 1, CASE WHEN i < 2000 THEN 0 ELSE 8640000000000000 END FROM generate_series(0, 99999) AS i`,
    );
    for (const statistics of ["missing", "known"]) {
      if (statistics === "known") await client.query(`ANALYZE ${table}_counters`);
      const { rows } = await client.query(`EXPLAIN ${statements.forgetCounts}`, [1_000]);
      assert.doesNotMatch(rows.map((row) => row["QUERY PLAN"]).join("\n"), /Seq Scan/, statistics);
    }
    const deleted: (number | null)[] = [];
    for (let step = 0; step < 3; step++) deleted.push((await client.query(statements.forgetCounts, [1_500])).rowCount);
    assert.deepEqual(deleted, [1_500, 500, 0]);
  });
});

describe("plans of SQLite", () => {
  it("use an index for everything that reads more than a row", async () => {
    const { all, exec } = await connect(newFile());
    const names = namesOf("plan_accounts");
    for (const statement of schemaOf("sqlite", names)) exec(statement);
    const { readMany, readEntries, dueTimes, keys, keysAfter, due, dueEnd, deleteDue, forgetCounts } = statementsFor(
      "sqlite",
      names,
    );
    for (const sql of [readMany, readEntries, dueTimes, keys, keysAfter, due, dueEnd, deleteDue, forgetCounts]) {
      const steps = all(`EXPLAIN QUERY PLAN ${sql.replaceAll("?", "'[1]'")}`).map(({ detail }) => String(detail));
      for (const step of steps) assert.doesNotMatch(step, /^SCAN plan_accounts/, sql);
      // by the index of keys it would read every account of a collection
      if (sql === deleteDue) assert.match(steps.join("\n"), /plan_accounts_due/, sql);
    }
  });
});
