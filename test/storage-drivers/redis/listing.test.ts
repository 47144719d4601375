/** A listing while the server makes its table of keys smaller: SCAN names keys again then that it named before. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import redis from "../../../storage-drivers/redis/index.ts";
import { needsRedis, ownRedis, stopServers } from "../../support/redis.ts";

const COUNT = 20_000;
const KEPT = 300;

describe("redis: a listing while many keys are removed", () => {
  after(stopServers);

  it("has each key once", needsRedis("own", { timeout: 120_000 }), async () => {
    const { port } = await ownRedis();
    const driver = redis({ url: `redis://127.0.0.1:${port}`, timeout: 20_000 });
    try {
      const keys = Array.from({ length: COUNT }, (_, index) => `acc:users:${index}`);
      await Promise.all(keys.map((key) => driver.swap(key, null, "x")));
      const found: string[] = [];
      let kept: Set<string> | null = null;
      assert.ok(driver.keyPages);
      for await (const page of driver.keyPages("acc:")) {
        found.push(...page);
        if (kept !== null || found.length < COUNT / 2) continue;
        const last = new Set(found.slice(-KEPT));
        kept = last;
        await Promise.all(keys.filter((each) => !last.has(each)).map((each) => driver.swap(each, "x", null)));
        // the server looks ten times a second for tables that are too large
        await sleep(500);
      }
      assert.equal(kept?.size, KEPT);
      assert.deepEqual(
        found.filter((key, index) => found.indexOf(key) !== index),
        [],
      );
    } finally {
      await driver.dispose();
    }
  });
});
