/** Servers that stop replying or die while a driver is connected. */
import assert from "node:assert/strict";
import process from "node:process";
import { after, describe, it } from "node:test";
import { startCluster } from "../../../scripts/redis/servers.mjs";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import redis from "../../../storage-drivers/redis/index.ts";
import { needsRedis, ownRedis, stopServers } from "../../support/redis.ts";

const LONG = needsRedis("own", { timeout: 300_000 });
const TIMEOUT = 500;

const unavailable = (error: { name: string; code: string }): boolean =>
  error.name === "DriverError" && error.code === "unavailable";

/** Every call of the port. */
function calls(driver: AtomicDriver): Record<string, () => Promise<unknown>> {
  return {
    read: () => driver.read("acc:users:a"),
    readMany: () => driver.readMany!(["acc:users:a", "acc:users:b"]),
    swap: () => driver.swap("acc:users:a", "1", "2", 5),
    due: () => driver.due(9, { limit: 9 }),
    dueTimes: () => driver.dueTimes!(["acc:users:a"]),
    deleteDue: () => driver.deleteDue!(9, { keys: ["acc:"], beginning: "x", limit: 99 }),
    keys: () => driver.keys("")[Symbol.asyncIterator]().next(),
  };
}

describe("redis: outages", () => {
  after(stopServers);

  it("reject every call within the timeout while the server is silent, and end when it resumes", LONG, async () => {
    const { url, pid } = await ownRedis();
    const driver = redis({ url, timeout: TIMEOUT });
    await driver.swap("acc:users:a", null, "1", 1);
    process.kill(pid, "SIGSTOP");
    try {
      for (const [name, call] of Object.entries(calls(driver))) {
        const started = performance.now();
        await assert.rejects(call(), unavailable, name);
        assert.ok(performance.now() - started < 6 * TIMEOUT, name);
      }
      process.kill(pid, "SIGCONT");
      // the rejected swap may have happened by now
      assert.match((await driver.read("acc:users:a")) ?? "", /^[12]$/);
    } finally {
      process.kill(pid, "SIGCONT");
      await driver.dispose();
    }
  });

  it("of one master leave the keys of the others readable, and listings reject", LONG, async () => {
    const cluster = await startCluster();
    const driver = redis({ url: cluster.url, timeout: 2_000 });
    try {
      const keys = Array.from({ length: 60 }, (_, i) => `acc:users:${i}`);
      for (const key of keys) await driver.swap(key, null, key, 1);
      await cluster.nodes[1]?.kill();
      const reads = await Promise.allSettled(keys.map((key) => driver.read(key)));
      for (const [i, read] of reads.entries()) {
        if (read.status === "fulfilled") assert.equal(read.value, keys[i]);
        else assert.ok(unavailable(read.reason), String(read.reason));
      }
      for (const expected of ["fulfilled", "rejected"]) assert.ok(reads.some(({ status }) => status === expected));
      await assert.rejects(async () => {
        for await (const _key of driver.keys(""));
      }, unavailable);
      await assert.rejects(driver.due(9, { limit: 100 }), unavailable);
    } finally {
      await driver.dispose();
      await cluster.stop();
    }
  });
});
