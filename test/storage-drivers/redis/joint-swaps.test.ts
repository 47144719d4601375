/** Several values in one step on Redis: one script call, and nothing is written where a part of it cannot be. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { command } from "../../../scripts/redis/resp.mjs";
import type { AtomicDriver, JointSwap } from "../../../sdk/storage/port.ts";
import redis from "../../../storage-drivers/redis/index.ts";
import { Layout, shardOf } from "../../../storage-drivers/redis/shards.ts";
import { clusterUrl, needsRedis, ownRedis, stopServers, uniqueBase } from "../../support/redis.ts";
import { setUp } from "../../support/sdk.ts";

const LONG = needsRedis("own", { timeout: 120_000 });
const FAR = Number.MAX_SAFE_INTEGER;

const opened: AtomicDriver[] = [];

async function cleanUp(): Promise<void> {
  await Promise.all(opened.splice(0).map((driver) => driver.dispose()));
  await stopServers();
}

async function open() {
  const { port, url } = await ownRedis();
  const base = uniqueBase();
  const driver = redis({ url, base });
  opened.push(driver);
  return { port, layout: new Layout(base), driver, swapAll: driver.swapAll as NonNullable<AtomicDriver["swapAll"]> };
}

describe("redis: swapAll", () => {
  after(cleanUp);

  it("stores accounts and their locks by one script call, which those of a tick share", LONG, async () => {
    const { driver, port } = await open();
    const { anon } = setUp(driver);
    await anon.admin.importAccount({ id: "first", email: "first@example.com" });
    await command(port, ["CONFIG", "RESETSTAT"]);
    const imported = Array.from({ length: 32 }, (_, i) => ({
      id: `i${i}`,
      email: `i${i}@example.com`,
      username: `user${i}`,
    }));
    const results = await Promise.all(imported.map((account) => anon.admin.importAccount(account)));
    assert(results.every(({ outcome }) => outcome === "created"));
    const statistics = String(await command(port, ["INFO", "commandstats"]));
    const calls = [...statistics.matchAll(/^cmdstat_(eval|evalsha|get|mget):calls=(\d+)/gm)];
    const count = calls.reduce((sum, [, , calls]) => sum + Number(calls), 0);
    assert(count <= 4, `${count} calls for the accounts of one tick`);
  });

  it("writes nothing where the due queue of one key cannot be written", LONG, async () => {
    const { driver, swapAll, layout, port } = await open();
    const good = "good";
    const bad = Array.from({ length: 99 }, (_, i) => `bad-${i}`).find(
      (key) => shardOf(key) !== shardOf(good),
    ) as string;
    await driver.swap(good, null, "1", 5);
    await command(port, ["SET", layout.queues[shardOf(bad)] as string, "no queue"]);
    const calls: JointSwap[][] = [
      [
        { key: good, expected: "1", next: "2", due: 7 },
        { key: bad, expected: null, next: "2", due: 7 },
      ],
      [
        { key: bad, expected: null, next: "2" },
        { key: `${good}-new`, expected: null, next: "2" },
      ],
    ];
    const other = swapAll([{ key: good, expected: "1", next: "1", due: 6 }]);
    const outcomes = await Promise.allSettled(calls.map((swaps) => swapAll(swaps)));
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["rejected", "rejected"],
    );
    assert.equal(await other, true, "calls of the same tick that need no such queue");
    assert.deepEqual(await driver.readMany?.([good, bad, `${good}-new`]), ["1", null, null]);
    await command(port, ["DEL", layout.queues[shardOf(bad)] as string]);
    assert.deepEqual((await driver.due(FAR, { limit: 9 })).entries, [{ key: good, due: 6 }]);
  });

  it("refuses a value that is no text", LONG, async () => {
    const { driver, swapAll, layout, port } = await open();
    await command(port, ["RPUSH", layout.nameOf("list"), "x"]);
    for (const expected of [null, "x"]) {
      const swaps = [
        { key: "text", expected: null, next: "1" },
        { key: "list", expected, next: "1" },
      ];
      await assert.rejects(swapAll(swaps), { code: "corrupt" });
    }
    assert.equal(await driver.read("text"), null);
  });

  it("writes nothing at maxmemory", LONG, async () => {
    const { driver, swapAll, port } = await open();
    await driver.swap("there", null, "1", 5);
    await command(port, ["CONFIG", "SET", "maxmemory", "1"]);
    const due = [
      { key: "there", expected: "1", next: "2", due: 7 },
      { key: "new", expected: null, next: "2" },
    ];
    const undue = due.map((one) => ({ ...one, key: `${one.key}-undue`, expected: null, due: null }));
    for (const swaps of [due, undue]) await assert.rejects(swapAll(swaps), { code: "full" });
    await command(port, ["CONFIG", "SET", "maxmemory", "0"]);
    assert.deepEqual(await driver.readMany?.(["there", "new", "there-undue", "new-undue"]), ["1", null, null, null]);
    assert.deepEqual((await driver.due(FAR, { limit: 9 })).entries, [{ key: "there", due: 5 }]);
  });
});

describe("a redis cluster", () => {
  after(cleanUp);

  it("has no swapAll, and imports accounts without it", needsRedis("cluster", { timeout: 120_000 }), async () => {
    const driver = redis({ url: await clusterUrl(), base: uniqueBase() });
    opened.push(driver);
    assert.equal(driver.swapAll, undefined);
    const { anon } = setUp(driver);
    const { outcome } = await anon.admin.importAccount({ id: "one", email: "one@example.com", username: "one" });
    assert.equal(outcome, "created");
  });
});
