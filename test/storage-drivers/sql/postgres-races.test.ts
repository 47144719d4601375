/** Processes and transactions that want the same accounts of a PostgreSQL at the same time. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { Client } from "pg";
import { query } from "../../../scripts/postgres/query.mjs";
import sql from "../../../storage-drivers/sql/index.ts";
import { needsPostgres, ownPostgres, stopServers, uniqueTable } from "../../support/postgres.ts";
import { CLIENTS } from "../../support/postgres-clients.ts";
import { PROCESSES, race } from "../../support/races.ts";

const LONG = needsPostgres("own", { timeout: 300_000 });
const WORKER = new URL("../../support/postgres-worker.ts", import.meta.url);

const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("PostgreSQL: races", () => {
  after(stopServers);

  for (const isolation of ["read committed", "serializable"]) {
    it(`four processes lose no increment, and one of them creates each key (${isolation})`, LONG, async () => {
      const { url } = await ownPostgres();
      await query(url, `ALTER ROLE postgres SET default_transaction_isolation = '${isolation}'`);
      const [table, steps] = [uniqueTable(), 20];
      const created = await race<number>(
        WORKER,
        Array.from({ length: PROCESSES }, () => ({ url, table, work: "swap", steps })),
      );
      assert.equal(sum(created), 8 * steps);
      const driver = sql({ url, table });
      for (const name of ["a", "b", "c", "d"]) {
        assert.equal(await driver.read(`counter:${name}`), String(PROCESSES * steps));
      }
      await driver.dispose();
    });
  }

  it("two runs of gc delete each account once, beside writers, and neither fails", LONG, async () => {
    const { url } = await ownPostgres();
    const table = uniqueTable();
    const driver = sql({ url, table, timeout: 60_000 });
    const keys = Array.from({ length: 2_000 }, (_, i) => `acc:${i}`);
    await Promise.all(keys.map((key) => driver.swap(key, null, "x", 1)));
    let kept = 0;
    const writer = (async () => {
      for (const key of keys.filter((_, i) => i % 20 === 0)) kept += Number(await driver.swap(key, "x", "kept", 9));
    })();
    const deleted = await race<number>(WORKER, [
      { url, table, work: "delete", steps: 0 },
      { url, table, work: "delete", steps: 0 },
    ]);
    await writer;
    // what one run found locked it left to the other
    const { deleted: rest } = await driver.deleteDue!(1, { keys: ["acc:"], beginning: "x", limit: 5_000 });
    assert.equal(sum(deleted) + rest + kept, keys.length);
    const values = await driver.readMany!(keys);
    assert.equal(values.filter((value) => value === "kept").length, kept);
    assert.equal(values.filter((value) => value === "x").length, 0);
    await driver.dispose();
  });

  it("eight processes that start at once make one schema", LONG, async () => {
    const { url } = await ownPostgres();
    for (const table of ["anon_accounts", uniqueTable()]) {
      const done = await race<number>(
        WORKER,
        Array.from({ length: 8 }, () => ({ url, table, work: "first use", steps: 0 })),
      );
      assert.equal(sum(done), 8);
      assert.equal(await query(url, `SELECT string_agg(version::text, ',') FROM ${table}_schema`), "1");
    }
  });

  for (const [name, open] of CLIENTS) {
    it(`a deadlock with a transaction of the application is not an error of the driver (${name})`, LONG, async () => {
      const { url } = await ownPostgres(["-c", "deadlock_timeout=2s"]);
      const { driver, end } = open(url, { timeout: 60_000 });
      await driver.swap("a", null, "old");
      await driver.swap("b", null, "old");
      const rival = new Client({ connectionString: url });
      await rival.connect();
      // the server ends the transaction that looks for a deadlock first
      await rival.query("SET deadlock_timeout = '60s'");
      const lock = (key: string) => rival.query("SELECT FROM anon_accounts WHERE key = $1 FOR UPDATE", [key]);
      await rival.query("BEGIN");
      await lock("b");
      const swaps = Promise.all(["a", "b"].map((key) => driver.swap(key, "old", "new")));
      await pause(200);
      await lock("a");
      await rival.query("COMMIT");
      assert.deepEqual(await swaps, [true, true]);
      assert.deepEqual(await driver.readMany!(["a", "b"]), ["new", "new"]);
      await rival.end();
      await end();
    });
  }
});
