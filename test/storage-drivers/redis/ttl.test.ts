/** No value expires: a TTL that another program set on a key is removed by the next write. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Redis } from "ioredis";
import redis from "../../../storage-drivers/redis/index.ts";
import { clusterUrl, needsRedis, standaloneUrl, stopServers, uniqueBase } from "../../support/redis.ts";

const HOUR = 3_600_000;
const FOREVER = -1;

for (const kind of ["standalone", "cluster"] as const) {
  describe(`redis: a TTL that another program set (${kind})`, needsRedis(kind, { timeout: 60_000 }), () => {
    let url = "";
    before(async () => {
      url = await (kind === "cluster" ? clusterUrl() : standaloneUrl());
    });
    after(stopServers);

    /** A driver, with functions that set and read the TTLs of its values as another client. */
    const open = () => {
      const base = uniqueBase();
      async function ofEach<T>(work: (client: Redis, name: string) => Promise<T>): Promise<Record<string, T>> {
        const found: Record<string, T> = {};
        for (const port of ports(url)) {
          const client = new Redis({ host: "127.0.0.1", port });
          for (const name of await client.keys(`*${base}*`)) {
            if ((await client.type(name)) !== "string") continue;
            found[name.slice(name.indexOf("}:") + 2)] = await work(client, name);
          }
          client.disconnect();
        }
        return found;
      }
      return {
        driver: redis({ url, base }),
        expire: () => ofEach((client, name) => client.pexpire(name, HOUR)),
        left: () => ofEach((client, name) => client.pttl(name)),
      };
    };

    it("is removed by each kind of write, and not by refused writes", async () => {
      const { driver, expire, left } = open();
      const keys = ["swapped", "unqueued", "set", "refused", "untouched"];
      for (const key of keys) await driver.swap(key, null, "1", 5);
      assert.deepEqual(new Set(Object.values(await left())), new Set([FOREVER]));
      await expire();
      assert.equal(await driver.swap("swapped", "1", "2", 5), true);
      assert.equal(await driver.swap("unqueued", "1", "2"), true);
      await driver.setItem?.("set", "2", {});
      assert.equal(await driver.swap("refused", "x", "2", 5), false);
      assert.equal(await driver.swap("refused", null, "2", 5), false);
      const { swapped, unqueued, set, ...others } = await left();
      assert.deepEqual([swapped, unqueued, set], [FOREVER, FOREVER, FOREVER]);
      assert.deepEqual(Object.keys(others).sort(), ["refused", "untouched"]);
      for (const [key, time] of Object.entries(others)) assert.ok(time > 0 && time <= HOUR, `${key}: ${time}`);
      await driver.dispose();
    });

    it("is removed by writes of the same tick, which share a call", async () => {
      const { driver, expire, left } = open();
      const keys = Array.from({ length: 300 }, (_, number) => `k${number}`);
      await Promise.all(keys.map((key) => driver.swap(key, null, "1", 5)));
      await expire();
      const done = await Promise.all(
        keys.flatMap((key) => [driver.swap(key, "1", "2", 6), driver.swap(`new-${key}`, null, "1", 5)]),
      );
      assert.ok(done.every((one) => one));
      const times = await left();
      assert.equal(Object.keys(times).length, 600);
      for (const [key, time] of Object.entries(times)) assert.equal(time, FOREVER, key);
      await driver.dispose();
    });
  });
}

function ports(url: string): number[] {
  return url
    .slice(url.indexOf("//") + 2)
    .split(",")
    .map((address) => Number(/:(\d+)/.exec(address)?.[1]));
}
