/** A URL of a missing database or of one cluster node must not lead to other data. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import redis from "../../../storage-drivers/redis/index.ts";
import type { DriverError } from "../../../storage-drivers/shared/driver-error.ts";
import { clusterUrl, needsRedis, ownRedis, stopServers, uniqueBase } from "../../support/redis.ts";

const LONG = { timeout: 60_000 };

async function listed(driver: AtomicDriver): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of driver.keys("")) keys.push(key);
  return keys;
}

async function refusal(call: Promise<unknown>): Promise<DriverError> {
  return await call.then(
    () => assert.fail("it was not refused"),
    (error: DriverError) => error,
  );
}

describe("redis: a wrong URL", () => {
  after(stopServers);

  it("with a missing database is refused, and does not use database 0", needsRedis("own", LONG), async (t) => {
    const { url } = await ownRedis(["--databases", "4"]);
    const there = redis({ url: `${url}/3` });
    const zero = redis({ url });
    const missing = redis({ url: `${url}/4` });
    t.after(() => Promise.all([there, zero, missing].map((driver) => driver.dispose())));
    assert.equal(await there.swap("acc:users:a", null, "x", 1), true);
    assert.equal(await zero.swap("acc:users:b", null, "y", 1), true);
    for (let time = 0; time < 3; time++) {
      const calls = [
        missing.read("acc:users:b"),
        missing.swap("acc:users:c", null, "z", 1),
        missing.due(9, { limit: 9 }),
      ];
      for (const error of await Promise.all(calls.map(refusal))) {
        assert.equal(error.code, "invalid_option");
        assert.match(error.message, /^Redis at 127\.0\.0\.1:\d+ refused: DB index is out of range: name a database/);
      }
      await refusal(listed(missing));
    }
    assert.deepEqual([await listed(there), await listed(zero)], [["acc:users:a"], ["acc:users:b"]]);
  });

  it("of one cluster node is refused", needsRedis("cluster", LONG), async (t) => {
    const url = await clusterUrl();
    const [, host] = /\/\/(?:[^@]*@)?([^,/]+)/.exec(url) ?? [];
    const driver = redis({ url: `redis://${host}`, base: uniqueBase() });
    t.after(() => driver.dispose());
    const error = await refusal(listed(driver));
    assert.equal(error.code, "invalid_option");
    assert.match(error.message, /the server belongs to a cluster, use redis\+cluster/);
    const numbered = redis({ url: `redis://${host}/1` });
    t.after(() => numbered.dispose());
    assert.match((await refusal(numbered.read("acc:users:a"))).message, /SELECT is not allowed/);
  });
});
