import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import pg from "pg";
import { needsPostgres, postgresUrl, stopServers, uniqueTable } from "../../support/postgres.ts";
import { documents, inDirectory, run, SLOW } from "../run.ts";

const DRIVER = new URL("../../../storage-drivers/sql/index.ts", import.meta.url).href;
const env = { ANON_SECRET: "a secret for tests, long enough." };

/** Executes statements as the tool of a migration does. */
async function executeOnSqlite(file: string, text: string): Promise<void> {
  if (process.versions.bun) {
    const { Database } = await import("bun:sqlite");
    const database = new Database(file);
    database.run(text);
    database.close();
  } else {
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    const database = new DatabaseSync(file);
    database.exec(text);
    database.close();
  }
}

/** Prints the schema of the configured storage, executes it, and uses the storage. */
async function migrate(cwd: string, options: string, execute: (text: string) => Promise<void>): Promise<void> {
  await writeFile(
    join(cwd, "anon.config.mjs"),
    `import sql from ${JSON.stringify(DRIVER)};\nexport default { storage: sql(${options}) };`,
  );
  const printed = await run(["schema"], { cwd });
  assert.equal(printed.code, 0, printed.stderr);
  const [document] = documents<{ sql: string }>(await run(["schema", "--json"], { cwd }));
  assert.equal(document?.sql.trimEnd(), printed.stdout.trimEnd());
  await execute(printed.stdout);
  // a second time, as a migration that is repeated
  await execute(printed.stdout);
  const [created] = documents<{ record: { id: string } }>(await run(["create", "--json"], { cwd, env }));
  const [listed] = documents<{ id: string }>(await run(["list", "--json"], { cwd, env }));
  assert.equal(listed?.id, created?.record.id);
}

describe("anon schema", () => {
  after(stopServers);

  it("prints the tables of SQLite, and makes no file", SLOW, () =>
    inDirectory(async (cwd) => {
      const printed = await run(["schema", "--storage", "sqlite:accounts.db"], { cwd });
      assert.equal(printed.code, 0, printed.stderr);
      assert.match(printed.stdout, /CREATE TABLE IF NOT EXISTS anon_accounts /);
      assert.deepEqual(await readdir(cwd), []);
      const file = join(cwd, "accounts.db");
      await migrate(cwd, `{ url: ${JSON.stringify(`sqlite:${file}`)} }`, (text) => executeOnSqlite(file, text));
    }),
  );

  it("prints the tables of PostgreSQL without connecting", SLOW, async () => {
    const printed = await run(["schema", "--storage", "postgres://127.0.0.1:1/none"], { cwd: "." });
    assert.equal(printed.code, 0, printed.stderr);
    assert.match(printed.stdout, /key text COLLATE "C" NOT NULL PRIMARY KEY/);
  });

  it("prints what a user without the right to make tables needs", needsPostgres("shared", SLOW), () =>
    inDirectory(async (cwd) => {
      const url = await postgresUrl();
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        const options = `{ url: ${JSON.stringify(url)}, table: ${JSON.stringify(uniqueTable())} }`;
        await migrate(cwd, options, async (text) => void (await client.query(text)));
      } finally {
        await client.end();
      }
    }),
  );

  it("is refused for a storage without tables", SLOW, () =>
    inDirectory(async (cwd) => {
      const ran = await run(["schema", "--storage", "fs:accounts"], { cwd });
      assert.equal(ran.code, 2);
      assert.match(ran.stderr, /Cannot print a schema of fs:.*use sqlite: or postgres:/);
      assert.deepEqual(await readdir(cwd), []);
    }),
  );
});
