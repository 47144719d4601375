/** How PostgreSQL executes what reads many: what its statistics say must not make it slow. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Client } from "pg";
import { namesOf } from "../../../storage-drivers/sql/names.ts";
import { schemaOf } from "../../../storage-drivers/sql/schema.ts";
import { statementsFor } from "../../../storage-drivers/sql/statements.ts";
import { hasPostgres, needsPostgres, postgresUrl, stopServers, uniqueTable } from "../../support/postgres.ts";

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
      for (const sql of [statements.readMany, statements.dueTimes]) {
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
});
