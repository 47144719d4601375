/** How long Redis says that values live, whichever script wrote them. That they go is in the conformance suite. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Redis } from "ioredis";
import redis from "../../storage-drivers/redis/index.ts";
import { clusterUrl, needsRedis, standaloneUrl, stopServers, uniqueBase } from "../support/redis.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

for (const kind of ["standalone", "cluster"] as const) {
  describe(`redis: times to live (${kind})`, needsRedis(kind, { timeout: 60_000 }), () => {
    let url = "";
    before(async () => {
      url = await (kind === "cluster" ? clusterUrl() : standaloneUrl());
    });
    after(stopServers);

    /** A driver, and what Redis says of each of its values: the hours that it lives, rounded up, -1 for ever. */
    const open = () => {
      const base = uniqueBase();
      const driver = redis({ url, base });
      async function lives(): Promise<Record<string, number>> {
        const found: Record<string, number> = {};
        for (const port of ports(url)) {
          const client = new Redis({ host: "127.0.0.1", port });
          for (const name of await client.keys(`*${base}*`)) {
            if ((await client.type(name)) !== "string") continue;
            const left = await client.pttl(name);
            found[name.slice(name.indexOf("}:") + 2)] = left < 0 ? left : Math.ceil(left / HOUR);
          }
          client.disconnect();
        }
        return found;
      }
      return { driver, lives };
    };

    it("one at a time, and each write says anew", async () => {
      const { driver, lives } = open();
      await driver.swap("a", null, "1", 5, { ttl: HOUR });
      assert.deepEqual(await lives(), { a: 1 });
      await driver.swap("a", "1", "2", 5, { ttl: DAY });
      assert.deepEqual(await lives(), { a: 24 });
      assert.equal(await driver.swap("a", "1", "3", 5, { ttl: HOUR }), false);
      assert.equal(await driver.swap("a", null, "3", 5, { ttl: HOUR }), false);
      assert.deepEqual(await lives(), { a: 24 });
      await driver.swap("a", "2", "3", 5);
      assert.deepEqual(await lives(), { a: -1 });
      await driver.swap("a", "3", "4", null, { ttl: HOUR });
      assert.deepEqual(await lives(), { a: 1 });
      await driver.setItem?.("a", "5", {});
      assert.deepEqual(await lives(), { a: -1 });
      await driver.dispose();
    });

    it("many together: alike, of different times, and some that are there already", async () => {
      const { driver, lives } = open();
      const keys = Array.from({ length: 300 }, (_, n) => `k${n}`);
      const expected = (of: (n: number) => number) => Object.fromEntries(keys.map((key, n) => [key, of(n)]).sort());
      const sorted = async () => Object.fromEntries(Object.entries(await lives()).sort());
      await Promise.all(keys.map((key) => driver.swap(key, null, "1", 5, { ttl: HOUR })));
      assert.deepEqual(
        await sorted(),
        expected(() => 1),
      );
      // some of them for ever, some refused, some deleted, and some that were not there
      const more = await Promise.all(
        keys.flatMap((key, n) => [
          driver.swap(key, n % 5 === 4 ? "x" : "1", n % 5 === 3 ? null : "2", 5, ttl([HOUR * 2, HOUR * 3][n % 5])),
          driver.swap(`new-${key}`, null, "1", 5, ttl([HOUR * 4, undefined][n % 2])),
        ]),
      );
      assert.equal(more.filter((done) => !done).length, 60);
      const found = await lives();
      for (const [n, key] of keys.entries()) {
        assert.equal(found[key], [2, 3, -1, undefined, 1][n % 5], key);
        assert.equal(found[`new-${key}`], [4, -1][n % 2], `new-${key}`);
      }
      await driver.dispose();
    });
  });
}

function ttl(milliseconds: number | undefined): { ttl: number } | undefined {
  return milliseconds === undefined ? undefined : { ttl: milliseconds };
}

function ports(url: string): number[] {
  return url
    .slice(url.indexOf("//") + 2)
    .split(",")
    .map((address) => Number(/:(\d+)/.exec(address)?.[1]));
}
