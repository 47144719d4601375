/** Very many accounts that are due at one time: pages of the queue in the middle of them. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { AtomicDriver, DuePage } from "../../../sdk/storage/port.ts";
import redis from "../../../storage-drivers/redis/index.ts";
import { clusterUrl, needsRedis, standaloneUrl, stopServers, uniqueBase } from "../../support/redis.ts";

for (const [kind, find] of [
  ["standalone", standaloneUrl],
  ["cluster", clusterUrl],
] as const) {
  describe(`redis ${kind}: a queue with many entries of one time`, () => {
    let driver: AtomicDriver | undefined;
    after(async () => {
      await driver?.dispose();
      await stopServers();
    });

    it("comes in pages", needsRedis(kind, { timeout: 120_000 }), async () => {
      const opened = redis({ url: await find(), base: uniqueBase(), timeout: 10_000 });
      driver = opened;
      const keys = Array.from({ length: 2_000 }, (_, number) => `acc:users:${String(number).padStart(15, "0")}`);
      await Promise.all(keys.map((key) => opened.swap(key, null, "x", 5)));
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const page: DuePage = await opened.due(5, { limit: 70, cursor });
        for (const { key } of page.entries) found.push(key);
        cursor = page.cursor;
      } while (cursor !== null);
      assert.deepEqual(found, keys);
    });
  });
}
