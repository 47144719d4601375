/** Clients that the application passes: each option of theirs works, or is refused when the driver is created. */
import assert from "node:assert/strict";
import { connect, createServer, type Socket } from "node:net";
import process from "node:process";
import { after, describe, it } from "node:test";
import { Cluster, Command, Redis, type RedisOptions } from "ioredis";
import { command } from "../../../scripts/redis/resp.mjs";
import { startCluster } from "../../../scripts/redis/servers.mjs";
import redis from "../../../storage-drivers/redis/index.ts";
import { plan } from "../../../storage-drivers/redis/options.ts";
import { needsRedis, ownRedis, stopServers } from "../../support/redis.ts";
import { collect, DAY, PASSWORD, refused, setUp } from "../../support/sdk.ts";

const LONG = needsRedis("own", { timeout: 120_000 });

/** The operations of an application, over the given client. */
async function exercise(client: Redis | Cluster, base: string): Promise<void> {
  const driver = redis({ client, base });
  const { anon, clock } = setUp(driver, { limits: { passwordsPerIdentity: { max: 2, per: "1h" } } });
  const guests = await Promise.all(Array.from({ length: 40 }, () => anon.signInAnonymously()));
  const one = await anon.signInAnonymously();
  assert.equal((await anon.authenticate(one.token))?.record.id, one.record.id);
  const all = await Promise.all(guests.map(({ token }) => anon.authenticate(token)));
  assert.deepEqual(
    all.map((found) => found?.record.id),
    guests.map(({ record }) => record.id),
  );
  const member = await anon.convert(one.token, { email: "ada@example.com", password: PASSWORD });
  for (const code of ["invalid_credentials", "invalid_credentials", "rate_limited"] as const) {
    await refused(anon.signInWithPassword("ada@example.com", "wrong password"), code);
  }
  assert.equal((await collect(anon.admin.list())).length, 41);
  clock.now += DAY;
  assert.equal((await anon.authenticate(member.token))?.record.id, member.record.id);
  assert.equal((await driver.due(clock.now, { limit: 7 })).entries.length, 7);
  assert.equal((await anon.admin.gc({ olderThan: "2h", limit: 10 })).deleted, 10);
  assert.equal((await anon.admin.gc({ olderThan: "2h", beforeDelete: () => true })).deleted, 30);
  await driver.dispose();
}

describe("redis: a client that the application passes", () => {
  after(stopServers);

  const options: Record<string, RedisOptions> = {
    "no option": {},
    stringNumbers: { stringNumbers: true },
    keyPrefix: { keyPrefix: "app:" },
    showFriendlyErrorStack: { showFriendlyErrorStack: true },
    enableAutoPipelining: { enableAutoPipelining: true },
    "enableOfflineQueue: false": { enableOfflineQueue: false },
    lazyConnect: { lazyConnect: true },
    db: { db: 3 },
    commandTimeout: { commandTimeout: 5_000 },
    socketTimeout: { socketTimeout: 5_000 },
    blockingTimeout: { blockingTimeout: 1 },
    "maxRetriesPerRequest: null": { maxRetriesPerRequest: null },
    reconnectOnError: { reconnectOnError: ({ message }) => (message.includes("READONLY") ? 2 : false) },
    "several at once": { stringNumbers: true, keyPrefix: "app:", enableAutoPipelining: true, lazyConnect: true },
  };
  for (const [name, given] of Object.entries(options)) {
    it(`works with ${name}`, LONG, async () => {
      const { port } = await ownRedis();
      const client = new Redis({ port, host: "127.0.0.1", ...given });
      try {
        await exercise(client, "own");
      } finally {
        client.disconnect();
      }
    });
  }

  it("works on a cluster with stringNumbers and keyPrefix", LONG, async () => {
    const cluster = await startCluster();
    const nodes = cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port }));
    const client = new Cluster(nodes, { keyPrefix: "app:", redisOptions: { stringNumbers: true } });
    try {
      await exercise(client, "own");
    } finally {
      client.disconnect();
      await cluster.stop();
    }
  });

  it("works when the application sets reply transformers for all clients", LONG, async () => {
    const { port } = await ownRedis();
    const client = new Redis({ port, host: "127.0.0.1" });
    const names = ["get", "mget", "eval", "evalsha", "scan", "zrangebyscore"];
    const { reply } = (Command as unknown as { _transformer: { reply: Record<string, unknown> } })._transformer;
    for (const name of names) Command.setReplyTransformer(name, () => "transformed");
    try {
      assert.equal(await client.get("any"), "transformed");
      await exercise(client, "own");
    } finally {
      for (const name of names) delete reply[name];
      client.disconnect();
    }
  });

  it("is refused if it reads from replicas, stays with an old master, or never reconnects", () => {
    const nodes = [{ host: "127.0.0.1", port: 1 }];
    const lazy = { lazyConnect: true } as const;
    const clients: [Redis | Cluster, RegExp][] = [
      [new Cluster(nodes, { ...lazy, scaleReads: "slave" }), /scaleReads/],
      [new Cluster(nodes, { ...lazy, scaleReads: "all" }), /scaleReads/],
      [new Cluster(nodes, { ...lazy, scaleReads: (all: Redis[]) => all }), /scaleReads/],
      [new Redis({ ...lazy, readOnly: true }), /readOnly/],
      [new Redis({ ...lazy, sentinels: nodes, name: "any", role: "slave", failoverDetector: true }), /role/],
      [new Redis({ ...lazy, sentinels: nodes, name: "any" }), /set failoverDetector: true/],
      [new Redis({ ...lazy, retryStrategy: null }), /leave out retryStrategy/],
      [
        new Redis({
          ...lazy,
          sentinels: nodes,
          name: "any",
          failoverDetector: true,
          sentinelRetryStrategy: null as never,
        }),
        /leave out sentinelRetryStrategy/,
      ],
      [new Cluster(nodes, { ...lazy, clusterRetryStrategy: null as never }), /leave out clusterRetryStrategy/],
    ];
    for (const [client, message] of clients) {
      assert.throws(() => redis({ client }), { name: "DriverError", code: "invalid_option", message });
      client.disconnect();
    }
    const accepted = new Redis({ ...lazy, sentinels: nodes, name: "any", failoverDetector: true });
    assert.equal(redis({ client: accepted }).guarantee, "cluster");
    accepted.disconnect();
  });

  it("differs from a client made from `options`: readOnly, role, stringNumbers and keyPrefix are overridden", () => {
    const { redis: own } = plan({ options: { readOnly: true, role: "slave", stringNumbers: true, keyPrefix: "app:" } });
    const { readOnly, role, stringNumbers, keyPrefix } = own;
    assert.deepEqual([readOnly, role, stringNumbers, keyPrefix], [false, "master", false, ""]);
  });

  it("is refused if it is not an ioredis client", () => {
    const others = ["redis://127.0.0.1", {}, { options: {}, isOpen: true, sendCommand: async () => "OK" }];
    for (const client of others) {
      assert.throws(() => redis({ client: client as unknown as Redis }), {
        code: "invalid_option",
        message: /a Redis or a Cluster of ioredis/,
      });
    }
  });

  it("rejects only the call when sendCommand throws", async () => {
    const client = new Redis({ lazyConnect: true });
    client.sendCommand = () => {
      throw new Error("patched");
    };
    const driver = redis({ client });
    const unhandled: unknown[] = [];
    const note = (error: unknown) => void unhandled.push(error);
    process.on("unhandledRejection", note);
    await assert.rejects(driver.read("a"), { code: "unavailable", message: /patched/ });
    await assert.rejects(driver.swap("a", null, "1", 1), { code: "unavailable", message: /patched/ });
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.off("unhandledRejection", note);
    assert.deepEqual(unhandled, []);
    await driver.dispose();
    client.disconnect();
  });

  it("retries the sentinels if none can be reached, whatever sentinelRetryStrategy in `options` is", () => {
    for (const sentinelRetryStrategy of [undefined, null, () => 7]) {
      const sentinels = [{ host: "127.0.0.1", port: 1 }];
      const { redis: own } = plan({ options: { sentinels, name: "any", sentinelRetryStrategy } as RedisOptions });
      assert.equal(typeof own.sentinelRetryStrategy?.(3), "number");
    }
  });

  it("disconnects once, even if many commands on the connection are refused", LONG, async () => {
    const { port } = await ownRedis();
    const client = new Redis({ port, host: "127.0.0.1" });
    const driver = redis({ client });
    const keys = Array.from({ length: 50 }, (_, number) => `k${number}`);
    await Promise.all(keys.map((key) => driver.swap(key, null, "1", 1)));
    await command(port, ["CONFIG", "SET", "min-replicas-to-write", "1"]);
    const { disconnect } = client;
    let times = 0;
    client.disconnect = (again) => {
      times++;
      disconnect.call(client, again);
    };
    const results = await Promise.allSettled(keys.map((key) => driver.swap(key, "1", "2", 1)));
    assert.ok(results.every(({ status }) => status === "rejected"));
    assert.equal(times, 1);
    assert.equal(await driver.read("k0"), "1");
    await command(port, ["CONFIG", "SET", "min-replicas-to-write", "0"]);
    assert.equal(await driver.swap("k0", "1", "2", 1), true);
    await driver.dispose();
    disconnect.call(client);
  });

  for (const [name, given] of [
    ["without options", {}],
    ["with a reconnectOnError that returns false", { reconnectOnError: () => false }],
  ] as const) {
    it(`finds the new master after a failover ${name}`, LONG, async () => {
      const old = await ownRedis(["--repl-diskless-sync-delay", "0"]);
      const next = await ownRedis(["--repl-diskless-sync-delay", "0", "--replicaof", "127.0.0.1", `${old.port}`]);
      while (!/master_link_status:up/.test(await command(next.port, ["INFO", "replication"]))) await pause();
      let master = old.port;
      const sockets = new Set<Socket>();
      // an address that always leads to the current master, as with managed Redis
      const address = createServer((socket) => {
        const upstream = connect(master, "127.0.0.1");
        for (const end of [socket, upstream]) {
          sockets.add(end);
          end.on("error", () => end.destroy());
        }
        socket.pipe(upstream).pipe(socket);
      });
      await new Promise<void>((resolve) => address.listen(0, "127.0.0.1", resolve));
      const { port } = address.address() as { port: number };
      for (const write of ["create", "replace"]) {
        const client = new Redis({ port, host: "127.0.0.1", ...given });
        const driver = redis({ client });
        assert.equal(await driver.swap(write, null, "before", 1), true);
        const standby = master === old.port ? next.port : old.port;
        while (
          offset(await command(standby, ["INFO", "replication"])) <
          offset(await command(master, ["INFO", "replication"]))
        )
          await pause();
        await command(standby, ["REPLICAOF", "NO", "ONE"]);
        await command(master, ["REPLICAOF", "127.0.0.1", `${standby}`]);
        master = standby;
        const swap = () =>
          write === "create" ? driver.swap("new", null, "after", 1) : driver.swap(write, "before", "after", 1);
        await assert.rejects(swap(), (error: { code: string; message: string }) => {
          assert.equal(error.code, "unavailable");
          assert.match(error.message, /refused: READONLY: it is a replica, the next call looks for the master/);
          return true;
        });
        assert.equal(await swap(), true);
        await driver.dispose();
        client.disconnect();
      }
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => address.close(resolve));
    });
  }

  it("disconnects from a master that lost its replicas, and reports it", LONG, async () => {
    const { port } = await ownRedis();
    const client = new Redis({ port, host: "127.0.0.1" });
    const driver = redis({ client });
    assert.equal(await driver.swap("a", null, "1", 1), true);
    await command(port, ["CONFIG", "SET", "min-replicas-to-write", "1"]);
    let closed = 0;
    client.on("close", () => closed++);
    for (const swap of [() => driver.swap("b", null, "1", 1), () => driver.swap("a", "1", "2", 1)]) {
      const before = closed;
      await assert.rejects(swap(), (error: { code: string; message: string }) => {
        assert.equal(error.code, "unavailable");
        assert.match(error.message, /refused: NOREPLICAS: too few replicas follow it/);
        return true;
      });
      assert.equal(await driver.read("a"), "1");
      assert.equal(closed, before + 1);
    }
    await driver.dispose();
    client.disconnect();
  });
});

function offset(info: string): number {
  return Number(/^master_repl_offset:(\d+)/m.exec(info)?.[1]);
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
