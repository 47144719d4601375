/** A cluster slot that takes longer to move than ioredis follows redirections. */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { after, before, describe, it } from "node:test";
import { Cluster } from "ioredis";
import { command } from "../../../scripts/redis/resp.mjs";
import { startCluster } from "../../../scripts/redis/servers.mjs";
import redis from "../../../storage-drivers/redis/index.ts";
import { shardOf, TAGS } from "../../../storage-drivers/redis/shards.ts";
import { needsRedis } from "../../support/redis.ts";
import { setUp } from "../../support/sdk.ts";

const LONG = needsRedis("own", { timeout: 120_000 });

/** The migration of the slot of a base's first shard to the next master. */
interface Move {
  /** Moves `count` keys, or all that are left; returns how many. */
  keys(count?: number): Promise<number>;
  /** Ends the move, after all keys have moved. */
  end(): Promise<void>;
}

async function startMove(nodes: { port: number }[], base: string): Promise<Move> {
  const slot = await command(nodes[0]!.port, ["CLUSTER", "KEYSLOT", `${base}:{${TAGS[0]}}:`]);
  const counts = await Promise.all(nodes.map(({ port }) => command(port, ["CLUSTER", "COUNTKEYSINSLOT", slot])));
  const from = counts.findIndex((count) => count !== "0");
  const [source, target] = [nodes[from]!.port, nodes[(from + 1) % nodes.length]!.port];
  const [sourceId = "", targetId = ""] = await Promise.all(
    [source, target].map((port) => command(port, ["CLUSTER", "MYID"])),
  );
  await command(target, ["CLUSTER", "SETSLOT", slot, "IMPORTING", sourceId]);
  await command(source, ["CLUSTER", "SETSLOT", slot, "MIGRATING", targetId]);
  const migrate = `local keys = redis.call('CLUSTER', 'GETKEYSINSLOT', ARGV[1], ARGV[3])
    if #keys > 0 then redis.call('MIGRATE', '127.0.0.1', ARGV[2], '', 0, 5000, 'KEYS', unpack(keys)) end
    return #keys`;
  const step = async (count: number) =>
    Number(await command(source, ["EVAL", migrate, "0", slot, `${target}`, `${count}`]));
  return {
    async keys(count) {
      if (count !== undefined) return step(count);
      let moved = 0;
      for (let some = await step(100); some > 0; some = await step(100)) moved += some;
      return moved;
    },
    async end() {
      await command(target, ["CLUSTER", "SETSLOT", slot, "NODE", targetId]);
      await command(source, ["CLUSTER", "SETSLOT", slot, "NODE", targetId]);
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe("redis: a cluster slot that moves", () => {
  let cluster: Awaited<ReturnType<typeof startCluster>>;
  before(async () => {
    if (!LONG.skip) cluster = await startCluster();
  });
  after(() => cluster?.stop());

  for (const [name, base] of [
    ["the driver's client", "ours"],
    ["a client of the application", "own"],
  ] as const) {
    it(`fails no sign-in and no authentication that ends within the timeout, with ${name}`, LONG, async () => {
      const client =
        base === "own" ? new Cluster(cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port }))) : null;
      const where = client ? { client } : { url: cluster.url };
      const driver = redis({ ...where, base, timeout: 20_000 });
      const { anon } = setUp(driver);
      const people = await Promise.all(Array.from({ length: 800 }, () => anon.signInAnonymously()));
      const move = await startMove(cluster.nodes, base);
      // the shard's due queue is on one node, its accounts are on both
      await move.keys(20);
      let stopped = false;
      let slowest = 0;
      let signedIn = 0;
      const signInRepeatedly = async () => {
        while (!stopped) {
          const started = performance.now();
          await anon.signInAnonymously();
          slowest = Math.max(slowest, performance.now() - started);
          signedIn++;
          await pause(5);
        }
      };
      const loops = Promise.all(Array.from({ length: 20 }, signInRepeatedly));
      // awaited below, where a rejection fails the test
      loops.catch(() => undefined);
      const read = async () => {
        const found = await Promise.all(people.map(({ token }) => anon.authenticate(token)));
        assert.ok(found.every((one, i) => one?.record.id === people[i]?.record.id));
      };
      for (let times = 0; times < 6; times++) {
        await read();
        await pause(250);
        await move.keys(3);
      }
      while ((await move.keys()) > 0);
      await move.end();
      stopped = true;
      await loops;
      assert.ok(slowest > 1_000, `sign-ins waited for ${slowest} ms`);
      const keys = new Set<string>();
      for await (const key of driver.keys("acc:")) keys.add(key);
      assert.equal(keys.size, people.length + signedIn);
      await driver.dispose();
      client?.disconnect();
    });
  }

  it("reports a slot that moves for longer than the timeout, and still reads", LONG, async () => {
    const base = "slow";
    const driver = redis({ url: cluster.url, base, timeout: 1_500 });
    const keys = Array.from({ length: 400 }, (_, number) => `k${number}`).filter((key) => shardOf(key) === 0);
    for (const key of keys) await driver.swap(key, null, key, 1);
    const move = await startMove(cluster.nodes, base);
    await move.keys(Math.floor(keys.length / 2));
    const started = performance.now();
    const fresh = Array.from({ length: 400 }, (_, number) => `n${number}`).find((key) => shardOf(key) === 0) as string;
    await assert.rejects(driver.swap(fresh, null, "new", 1), (error: { code: string; message: string }) => {
      assert.equal(error.code, "unavailable");
      assert.match(error.message, /a slot of the cluster is moving/);
      return true;
    });
    const took = performance.now() - started;
    assert.ok(took > 1_300 && took < 10_000, `${took} ms`);
    assert.deepEqual(await driver.readMany?.(keys), keys);
    assert.deepEqual(await Promise.all(keys.map((key) => driver.read(key))), keys);
    while ((await move.keys()) > 0);
    await move.end();
    // the swap was not executed, and will not be
    assert.equal(await driver.read(fresh), null);
    assert.equal(await driver.swap(fresh, null, "new", 1), true);
    await driver.dispose();
  });
});
