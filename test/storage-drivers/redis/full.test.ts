/** Redis at maxmemory: operations that need no more memory still work. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { command } from "../../../scripts/redis/resp.mjs";
import { startCluster } from "../../../scripts/redis/servers.mjs";
import redis from "../../../storage-drivers/redis/index.ts";
import { shardOf, TAGS } from "../../../storage-drivers/redis/shards.ts";
import { needsRedis, ownRedis, stopServers } from "../../support/redis.ts";
import { HOUR, PASSWORD, refused, setUp } from "../../support/sdk.ts";

const LONG = needsRedis("own", { timeout: 120_000 });

async function setMaxMemory(ports: number[], bytes: number): Promise<void> {
  for (const port of ports) await command(port, ["CONFIG", "SET", "maxmemory", `${bytes}`]);
}

describe("redis at maxmemory", () => {
  after(stopServers);

  for (const kind of ["standalone", "cluster"] as const) {
    it(
      `signs out, deletes accounts and records activity, and gc counts what it cannot quarantine as failed (${kind})`,
      LONG,
      async () => {
        const cluster = kind === "cluster" ? await startCluster() : null;
        const own = cluster ? null : await ownRedis();
        const ports = cluster ? cluster.nodes.map(({ port }) => port) : [own?.port as number];
        const driver = redis({ url: cluster?.url ?? own?.url ?? "" });
        try {
          const { anon, clock } = setUp(driver, { quarantine: "1d" });
          const people = [];
          for (let number = 0; number < 12; number++) people.push(await anon.signInAnonymously());
          const members = await Promise.all(
            people
              .slice(0, 4)
              .map(({ token }, i) => anon.convert(token, { email: `m${i}@example.com`, password: PASSWORD })),
          );
          const guests = people.slice(4);
          clock.now += 2 * HOUR;
          await setMaxMemory(ports, 1);
          await refused(anon.signInAnonymously(), "storage_unavailable");
          // calls of the same tick are sent as one
          await Promise.all([...members, ...guests].map(({ token }) => anon.authenticate(token)));
          for (const { record } of [...members, ...guests]) {
            assert.equal((await anon.admin.inspect(record.id))?.lastActive, new Date(clock.now).toISOString());
          }
          for (const { token } of [members[0], guests[0]] as typeof guests) {
            await anon.signOut(token);
            assert.equal(await anon.authenticate(token), null);
          }
          for (const { record } of [members[1], guests[1]] as typeof guests) {
            assert.equal(await anon.admin.delete(record.id), true);
            assert.equal(await anon.admin.get(record.id), null);
          }
          clock.now += 3 * HOUR;
          const report = await anon.admin.gc({ olderThan: "1h" });
          assert.deepEqual([report.deleted, report.quarantined, report.failed], [0, 0, 7]);
          await setMaxMemory(ports, 0);
          assert.equal((await anon.admin.gc({ olderThan: "1h" })).quarantined, 7);
          const entries = (await driver.due(Number.MAX_SAFE_INTEGER, { limit: 99 })).entries.map(({ key }) => key);
          assert.equal(entries.length, 7, entries.join());
        } finally {
          await driver.dispose();
          await cluster?.stop();
        }
      },
    );
  }

  it("swaps a value for a shorter one under the same rules as any swap", LONG, async () => {
    const { port, url } = await ownRedis();
    const driver = redis({ url, base: "b" });
    for (const key of ["kept", "moved", "timed", "list"]) await driver.swap(key, null, "é long value", 5);
    // values of an older version may have a TTL
    await command(port, ["PEXPIRE", `b:{${TAGS[shardOf("timed")]}}:timed`, "600000"]);
    await setMaxMemory([port], 1);
    assert.equal(await driver.swap("kept", "é other value", "short", 6), false);
    await assert.rejects(driver.swap("kept", "é long value", "é long value!", 6), { code: "full" });
    await assert.rejects(driver.setItem?.("kept", "short", {}) as Promise<void>, { code: "full" });
    assert.deepEqual(
      await Promise.all([
        driver.swap("kept", "é long value", "ee long value"),
        driver.swap("moved", "é long value", "", 7),
        driver.swap("timed", "é long value", "short", 8),
        driver.swap("list", "other", "short", 9),
      ]),
      [true, true, true, false],
    );
    assert.deepEqual(await driver.readMany?.(["kept", "moved", "timed", "list"]), [
      "ee long value",
      "",
      "short",
      "é long value",
    ]);
    assert.deepEqual((await driver.due(99, { limit: 9 })).entries, [
      { key: "list", due: 5 },
      { key: "moved", due: 7 },
      { key: "timed", due: 8 },
    ]);
    assert.equal(await command(port, ["PTTL", `b:{${TAGS[shardOf("timed")]}}:timed`]), "-1");
    // the key of the due queue has another type: nothing is written
    await command(port, ["DEL", `b:{${TAGS[shardOf("moved")]}}due`]);
    await setMaxMemory([port], 0);
    await command(port, ["SET", `b:{${TAGS[shardOf("moved")]}}due`, "x"]);
    await setMaxMemory([port], 1);
    await assert.rejects(driver.swap("moved", "", "", 9), { code: "corrupt" });
    assert.equal(await driver.read("moved"), "");
    await driver.dispose();
  });
});
