/** A SQLite that becomes full in the middle of a transaction, which SQLite then rolls back by itself. */
import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import sql, { type SqlClient } from "../../../storage-drivers/sql/index.ts";
import { needs } from "../../support/needs.ts";

const sqlite = process.versions.bun ? undefined : process.getBuiltinModule?.("node:sqlite");
const test = needs(sqlite !== undefined, "no node:sqlite");

/** Has room for some of the writes that a test makes at the same time. */
function smallDatabase() {
  assert(sqlite);
  const database = new sqlite.DatabaseSync(":memory:");
  database.exec("PRAGMA max_page_count = 40");
  return database;
}

/** A client without the property that shows whether a transaction is open, as before Node 22.16. */
function olderClient(database: ReturnType<typeof smallDatabase>): SqlClient {
  return {
    prepare: (statement: string) => database.prepare(statement),
    exec: (statement: string) => database.exec(statement),
    close: () => database.close(),
    createSession: () => undefined,
  } as unknown as SqlClient;
}

const CLIENTS: [name: string, clientOf: (database: ReturnType<typeof smallDatabase>) => SqlClient][] = [
  ["node:sqlite", (database) => database as unknown as SqlClient],
  ["an older node:sqlite", olderClient],
];

for (const [name, clientOf] of CLIENTS) {
  describe(`a full database of ${name}`, () => {
    it("has all that was acknowledged and nothing that was refused, and takes writes again", test, async () => {
      const database = smallDatabase();
      const storage = sql({ client: clientOf(database), timeout: 1_000 });
      await storage.swap("first", null, "1");
      const keys = Array.from({ length: 100 }, (_, at) => `k${at}`);
      // a small write after the large one that fails could be executed outside of a transaction
      const values = keys.map((_, at) => (at % 2 === 0 ? "x".repeat(20_000) : "y"));
      const outcomes = await Promise.allSettled(keys.map((key, at) => storage.swap(key, null, values[at] as string)));
      assert(outcomes.some(({ status }) => status === "rejected"));
      for (const [at, outcome] of outcomes.entries()) {
        const expected = outcome.status === "fulfilled" ? values[at] : null;
        assert.equal(await storage.read(keys[at] as string), expected, keys[at]);
        if (outcome.status === "rejected") assert.equal(outcome.reason.code, "full", String(outcome.reason));
      }
      database.exec("PRAGMA max_page_count = 10000");
      assert.equal(await storage.swap("last", null, "2"), true);
      assert.equal(database.prepare("SELECT count(*) AS n FROM anon_accounts WHERE key = 'last'").get()?.n, 1);
      await storage.dispose();
      database.exec("BEGIN; ROLLBACK");
      database.close();
    });
  });
}
