/** Another connection, or the application on the driver's own connection, is in a transaction. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { DriverError } from "../../../storage-drivers/shared/driver-error.ts";
import sql from "../../../storage-drivers/sql/index.ts";
import { startWorker, type Worker } from "../../support/processes.ts";
import { connect, newFile, removeFiles } from "../../support/sqlite.ts";

const WORKER = new URL("./workers/sqlite.ts", import.meta.url);
const LONG = { timeout: 300_000 };

after(removeFiles);

async function isLocked(call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, ({ code, message }: DriverError) => {
    assert.equal(code, "locked", message);
    assert.match(message, /has been writing for \d+ ms, find it or raise `timeout`/);
    return true;
  });
}

/** A process that has a write transaction on the file. */
async function writer(path: string): Promise<Worker> {
  const worker = startWorker(WORKER, { path, role: "hold" });
  assert.equal(await worker.next(), "holding");
  return worker;
}

/** How long `call` took, and the longest time in which no timer ran meanwhile. */
async function watchTimers(call: () => Promise<unknown>): Promise<{ whole: number; gap: number }> {
  let last = performance.now();
  let gap = 0;
  const timer = setInterval(() => {
    gap = Math.max(gap, performance.now() - last);
    last = performance.now();
  }, 1);
  const started = performance.now();
  await call();
  clearInterval(timer);
  return { whole: performance.now() - started, gap: Math.max(gap, performance.now() - last) };
}

for (const [how, options] of [
  ["by URL", async (path: string) => ({ url: `sqlite:${path}` })],
  ["over a connection of the application", async (path: string) => ({ client: (await connect(path)).client })],
] as const) {
  describe(`sql ${how}, while another process writes`, () => {
    it("rejects writes after its timeout, and does not block the event loop", LONG, async () => {
      const path = newFile();
      const other = await connect(path);
      other.exec("PRAGMA journal_mode = WAL");
      const driver = sql({ ...(await options(path)), timeout: 2_000 });
      await driver.swap("one", null, "a");
      const worker = await writer(path);
      try {
        const { whole, gap } = await watchTimers(() =>
          Promise.all([
            isLocked(driver.swap("one", "a", "b")),
            isLocked(driver.swap("two", null, "a")),
            isLocked(driver.setItem?.("three", "a", {}) as Promise<void>),
          ]),
        );
        // each attempt blocks for a moment, the whole wait has many
        assert.ok(gap < whole / 2, `no timer ran for ${gap} of ${whole} ms`);
        // readers do not wait for a writer
        assert.equal(await driver.read("one"), "a");
        assert.deepEqual(await driver.readMany?.(["two", "three"]), [null, null]);
      } finally {
        worker.send("end");
        assert.equal(await worker.next(), "done");
        await worker.ended;
      }
      assert.equal(await driver.swap("one", "a", "b"), true);
      await driver.dispose();
    });

    it("waits for a writer that ends in time", LONG, async () => {
      const path = newFile();
      const driver = sql({ ...(await options(path)), timeout: 60_000 });
      await driver.swap("one", null, "a");
      const worker = await writer(path);
      const swaps = [driver.swap("one", "a", "b", 1), driver.swap("two", null, "a", 2)];
      const first = await Promise.race([...swaps, new Promise((resolve) => setTimeout(() => resolve("waiting"), 100))]);
      assert.equal(first, "waiting");
      worker.send("end");
      assert.deepEqual(await Promise.all(swaps), [true, true]);
      assert.equal(await worker.next(), "done");
      await worker.ended;
      await driver.dispose();
    });

    it("waits at its first use too", LONG, async () => {
      const path = newFile();
      // makes the file
      (await connect(path)).exec("CREATE TABLE theirs (id INTEGER)");
      const worker = await writer(path);
      const driver = sql({ ...(await options(path)), timeout: 60_000 });
      const swap = driver.swap("one", null, "a");
      await new Promise((resolve) => setTimeout(resolve, 100));
      worker.send("end");
      assert.equal(await swap, true);
      await worker.ended;
      await driver.dispose();
    });
  });
}

it("sql opens a file that another connection has for itself alone, as during the change to WAL", LONG, async () => {
  const path = newFile();
  const { exec } = await connect(path);
  exec("CREATE TABLE theirs (id INTEGER)");
  exec("BEGIN EXCLUSIVE");
  const driver = sql({ url: `sqlite:${path}`, timeout: 60_000 });
  const calls = [driver.read("one"), driver.swap("one", null, "a")] as const;
  await new Promise((resolve) => setTimeout(resolve, 200));
  exec("COMMIT");
  await Promise.all(calls);
  assert.equal(await driver.read("one"), "a");
  await driver.dispose();
});

describe("sql over a connection of the application that is in a transaction", () => {
  it("writes nothing in it, and writes when it ends", LONG, async () => {
    for (const end of ["COMMIT", "ROLLBACK"]) {
      const { client, exec, all } = await connect(newFile());
      exec("CREATE TABLE theirs (id INTEGER)");
      const driver = sql({ client, timeout: 60_000 });
      await driver.swap("one", null, "a");
      exec("BEGIN");
      exec("INSERT INTO theirs VALUES (1)");
      const swap = driver.swap("one", "a", "b");
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal(await driver.read("one"), "a");
      exec(end);
      assert.equal(await swap, true);
      assert.equal(await driver.read("one"), "b");
      assert.equal(all("SELECT count(*) AS n FROM theirs")[0]?.n, end === "COMMIT" ? 1 : 0);
      await driver.dispose();
    }
  });

  it("rejects a write when it lasts for longer than the timeout", LONG, async () => {
    const { client, exec } = await connect(newFile());
    const driver = sql({ client, timeout: 200 });
    await driver.swap("one", null, "a");
    exec("BEGIN");
    await isLocked(driver.swap("one", "a", "b"));
    exec("COMMIT");
    assert.equal(await driver.read("one"), "a");
    assert.equal(await driver.swap("one", "a", "b"), true);
    await driver.dispose();
  });

  it("makes no schema in it at first use", LONG, async () => {
    const { client, exec, all } = await connect(newFile());
    const driver = sql({ client, timeout: 60_000 });
    exec("BEGIN");
    const swap = driver.swap("one", null, "a");
    await new Promise((resolve) => setTimeout(resolve, 100));
    exec("ROLLBACK");
    assert.equal(await swap, true);
    assert.equal(await driver.read("one"), "a");
    assert.equal(all("SELECT count(*) AS n FROM anon_accounts")[0]?.n, 1);
    await driver.dispose();
  });
});

it("sql leaves the pragmas of a connection of the application, and keeps it open", async () => {
  for (const [mode, synchronous, timeout] of [
    ["delete", 1, 7_000],
    ["delete", 2, 5],
    ["truncate", 3, 0],
    ["wal", 0, 1_234],
    ["wal", 1, 20],
  ] as const) {
    const path = newFile();
    const { client, exec, all } = await connect(path);
    exec(`PRAGMA journal_mode = ${mode}`);
    exec(`PRAGMA synchronous = ${synchronous}`);
    exec(`PRAGMA busy_timeout = ${timeout}`);
    const pragmas = () =>
      [
        "journal_mode",
        "synchronous",
        "busy_timeout",
        "foreign_keys",
        "locking_mode",
        "cache_size",
        "wal_autocheckpoint",
      ].map((name) => Object.values(all(`PRAGMA ${name}`)[0] ?? {})[0]);
    const before = pragmas();
    const driver = sql({ client, timeout: 100 });
    await driver.swap("one", null, "a");
    assert.deepEqual(pragmas(), before);
    await driver.swap("one", "a", "b", 1, { durable: true });
    assert.deepEqual(pragmas(), before);
    // and after a write that failed
    const other = await connect(path);
    other.exec("BEGIN IMMEDIATE");
    await isLocked(driver.swap("one", "b", "c", 1, { durable: true }));
    other.exec("ROLLBACK");
    assert.deepEqual(pragmas(), before);
    await driver.dispose();
    assert.equal(all("SELECT value FROM anon_accounts")[0]?.value, "b");
  }
});
