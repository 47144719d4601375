/** Several processes on one file. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import sql from "../../../storage-drivers/sql/index.ts";
import { startWorker } from "../../support/processes.ts";
import { PROCESSES, race } from "../../support/races.ts";
import { bySize } from "../../support/size.ts";
import { connect, newFile, removeFiles } from "../../support/sqlite.ts";

const WORKER = new URL("./workers/sqlite.ts", import.meta.url);
const LONG = { timeout: 300_000 };

after(removeFiles);

function inputs(path: string, role: string, count: number): object[] {
  return Array.from({ length: PROCESSES }, () => ({ path, role, count }));
}

describe("sql on a file of SQLite that several processes use", () => {
  it("loses no increment of shared counters, and each counter is once in the due queue", LONG, async () => {
    const path = newFile();
    const count = bySize({ full: 200, short: 25 });
    const lost = await race<number>(WORKER, inputs(path, "count", count));
    // otherwise they did not compete
    assert.ok(lost.some((failed) => failed > 0));
    const driver = sql({ url: `sqlite:${path}` });
    const keys = Array.from({ length: 8 }, (_, i) => `counter:${i}`);
    assert.deepEqual(
      await driver.readMany?.(keys),
      keys.map(() => `${count * PROCESSES}`),
    );
    const { entries } = await driver.due(Number.MAX_SAFE_INTEGER, { limit: 100 });
    assert.deepEqual(entries.map(({ key }) => key).sort(), keys);
    await driver.dispose();
  });

  it("makes one schema when all of them use it for the first time, and creates each key once", LONG, async () => {
    for (let round = 0; round < bySize({ full: 10, short: 2 }); round++) {
      const path = newFile();
      const won = await race<number[]>(WORKER, inputs(path, "create", 50));
      assert.deepEqual(
        won.flat().sort((a, b) => a - b),
        Array.from({ length: 50 }, (_, i) => i),
      );
      const { all } = await connect(path);
      assert.deepEqual(
        all("SELECT version FROM anon_accounts_schema").map(({ version }) => version),
        [1],
      );
      assert.equal(all("PRAGMA journal_mode")[0]?.journal_mode, "wal");
    }
  });

  it("keeps every acknowledged write of a process that was killed, and stays whole", LONG, async () => {
    const path = newFile();
    let acknowledged = 0;
    for (let round = 0; round < bySize({ full: 10, short: 3 }); round++) {
      const worker = startWorker(WORKER, { path, role: "write", first: acknowledged });
      const target = acknowledged + 40 + Math.floor(Math.random() * 40);
      while (acknowledged < target) acknowledged = await worker.next<number>();
      await worker.kill();
      const driver = sql({ url: `sqlite:${path}` });
      const keys = Array.from({ length: acknowledged }, (_, i) => `key:${i}`);
      for (const value of (await driver.readMany?.(keys)) ?? []) assert.equal(value, "x".repeat(1_000));
      // those of its last transaction may have been written; the next process starts after them
      const stored = (await driver.getKeys("", {})).length;
      assert.equal((await driver.due(Number.MAX_SAFE_INTEGER, { limit: 100_000 })).entries.length, stored);
      assert.ok(stored >= acknowledged);
      acknowledged = stored;
      const { all, close } = await connect(path);
      assert.deepEqual(
        all("PRAGMA integrity_check").map((row) => row.integrity_check),
        ["ok"],
      );
      close();
      await driver.dispose();
    }
  });
});
