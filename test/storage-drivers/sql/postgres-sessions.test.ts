/** Connections and sessions: few of them, an application's transaction, the end of the process, and the order of keys. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { after, describe, it } from "node:test";
import { Client, Pool } from "pg";
import sql from "../../../storage-drivers/sql/index.ts";
import { isDriverError } from "../../support/driver-errors.ts";
import { needsPostgres, ownPostgres, postgresUrl, stopServers, uniqueTable } from "../../support/postgres.ts";
import { CLIENTS } from "../../support/postgres-clients.ts";
import { startWorker } from "../../support/processes.ts";

const SHARED = needsPostgres("shared", { timeout: 120_000 });
const OWN = needsPostgres("own", { timeout: 120_000 });

for (const [name, open] of CLIENTS) {
  describe(`PostgreSQL by ${name}: sessions`, () => {
    after(stopServers);

    it("64 calls at once share one connection", SHARED, async () => {
      const { driver, end } = open(await postgresUrl(), { table: uniqueTable(), connections: 1, timeout: 60_000 });
      const keys = Array.from({ length: 64 }, (_, i) => `k${i}`);
      assert.ok((await Promise.all(keys.map((key) => driver.swap(key, null, key, 1)))).every(Boolean));
      const mixed = keys.flatMap((key) => [
        driver.read(key).then((value) => value === key || value === "new"),
        driver.swap(key, key, "new", 2),
        driver.readMany!([key, "none"]).then((values) => values.length === 2),
        driver.due(5, { limit: 99 }).then(({ entries }) => entries.length === 64),
      ]);
      assert.ok((await Promise.all(mixed)).every(Boolean));
      await end();
    });

    it("dispose during work leaves no call without an outcome", SHARED, async () => {
      const [url, table] = [await postgresUrl(), uniqueTable()];
      const { driver, end } = open(url, { table, connections: 1, timeout: 60_000 });
      await driver.swap("first", null, "1");
      const keys = Array.from({ length: 600 }, (_, i) => `k${i}`);
      const work = Promise.allSettled(keys.map((key) => driver.swap(key, null, "1")));
      await new Promise((resolve) => setImmediate(resolve));
      await driver.dispose();
      const outcomes = await work;
      await end();
      const other = sql({ url, table });
      const values = await other.readMany!(keys);
      for (const [i, outcome] of outcomes.entries()) {
        if (outcome.status === "rejected") isDriverError("closed")(outcome.reason);
        assert.equal(values[i], outcome.status === "fulfilled" ? "1" : null);
      }
      await other.dispose();
    });

    it("keys and the ties of the queue are in the order of bytes in any locale", OWN, async () => {
      const server = await ownPostgres([], { icuLocale: "en-US" });
      const { driver, end } = open(server.url);
      const keys = ["B", "_", "a", "aa", "a:", "Ä", "z", "~", "\u{10000}", "\uffee", "a-b", "ab"];
      for (const key of keys) await driver.swap(key, null, "x", 1);
      const bytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
      const found: string[] = [];
      for await (const key of driver.keys("")) found.push(key);
      assert.deepEqual(found, [...keys].sort(bytes));
      const due: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await driver.due(1, { limit: 2, cursor });
        due.push(...page.entries.map(({ key }) => key));
        ({ cursor } = page);
      } while (cursor !== null);
      assert.deepEqual(due, [...keys].sort(bytes));
      await end();
    });
  });
}

describe("PostgreSQL: transactions of the application", () => {
  after(stopServers);

  it("on a given Client: no write in one is acknowledged", SHARED, async () => {
    const [url, table] = [await postgresUrl(), uniqueTable()];
    const client = new Client({ connectionString: url });
    await client.connect();
    const driver = sql({ client, table, timeout: 500 });
    await driver.swap("a", null, "1");
    await client.query("BEGIN");
    await assert.rejects(driver.swap("a", "1", "2"), isDriverError("unavailable", /is in a transaction, pass a Pool$/));
    await client.query("ROLLBACK");
    assert.equal(await driver.read("a"), "1");
    // one that begins while the write is on its way
    const write = driver.swap("a", "1", "3");
    const begun = client.query("BEGIN");
    const outcome = await write.catch(isDriverError("unavailable"));
    await begun;
    await client.query("ROLLBACK");
    assert.equal(await driver.read("a"), outcome ? "1" : "3");
    await client.query("BEGIN").then(() => client.query("SELECT 1 / 0").catch(() => undefined));
    await assert.rejects(driver.read("a"), isDriverError("unavailable", /is in a transaction/));
    await client.query("ROLLBACK");
    await client.end();
  });

  it("on a connection that came back to the pool: it is closed, and another one used", SHARED, async () => {
    const [url, table] = [await postgresUrl(), uniqueTable()];
    const pool = new Pool({ connectionString: url, max: 1 });
    const driver = sql({ client: pool, table, timeout: 20_000 });
    await driver.swap("a", null, "1");
    const leaked = await pool.connect();
    await leaked.query("BEGIN");
    leaked.release();
    assert.equal(await driver.swap("a", "1", "2"), true);
    await pool.end();
    const later = sql({ url, table });
    assert.equal(await later.read("a"), "2");
    await later.dispose();
  });

  it("a Client that does not show them is refused", () => {
    const none = (): void => undefined;
    const old = { connect: none, query: none, end: none, escapeIdentifier: none, escapeLiteral: none };
    assert.throws(
      () => sql({ client: old as unknown as Client }),
      isDriverError(
        "invalid_option",
        /does not show whether a transaction is open; pass a Pool, or a Client of pg 8\.19 or newer$/,
      ),
    );
  });
});

describe("PostgreSQL by URL: the end of the process", () => {
  after(stopServers);

  it("comes by itself without dispose", SHARED, async () => {
    const script = new URL("../../support/postgres-exit.ts", import.meta.url);
    const worker = startWorker(script, { url: await postgresUrl(), table: uniqueTable() });
    assert.equal(await worker.next(), "1");
    assert.equal(await worker.ended, 0);
  });
});
