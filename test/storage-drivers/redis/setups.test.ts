/** Redis in production setups: TLS, Sentinel with a failover, and a cluster that is resharded. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { generate, type SelfsignedOptions } from "selfsigned";
import { command } from "../../../scripts/redis/resp.mjs";
import { startCluster } from "../../../scripts/redis/servers.mjs";
import { freePort } from "../../../scripts/run/ports.mjs";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import { Connection } from "../../../storage-drivers/redis/connection.ts";
import redis from "../../../storage-drivers/redis/index.ts";
import { plan } from "../../../storage-drivers/redis/options.ts";
import { shardOf, TAGS } from "../../../storage-drivers/redis/shards.ts";
import { needsRedis, ownRedis, stopServers } from "../../support/redis.ts";

const LONG = needsRedis("own", { timeout: 300_000 });

const directories: string[] = [];

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "anon-redis-setup-"));
  directories.push(path);
  return path;
}

function certificate(
  commonName: string,
  extensions: NonNullable<SelfsignedOptions["extensions"]>,
  ca?: { key: string; cert: string },
): ReturnType<typeof generate> {
  return generate([{ name: "commonName", value: commonName }], { extensions, keySize: 2048, ...(ca ? { ca } : {}) });
}

/** Runs the main calls of the port once. */
async function exercise(driver: AtomicDriver): Promise<void> {
  assert.equal(await driver.swap("acc:users:a", null, "one", 1), true);
  assert.equal(await driver.swap("acc:users:a", "one", "two", 2), true);
  assert.equal(await driver.swap("acc:users:a", "one", "three", 2), false);
  assert.equal(await driver.read("acc:users:a"), "two");
  assert.deepEqual((await driver.due(9, { limit: 9 })).entries, [{ key: "acc:users:a", due: 2 }]);
  const keys: string[] = [];
  for await (const key of driver.keys("")) keys.push(key);
  assert.deepEqual(keys, ["acc:users:a"]);
}

describe("redis in production setups", () => {
  after(async () => {
    await stopServers();
    for (const path of directories) await rm(path, { recursive: true, force: true });
  });

  it("TLS: connects only to a server with a trusted certificate", LONG, async () => {
    const at = await directory();
    const authority = await certificate("a certificate authority of the tests", [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, digitalSignature: true, critical: true },
    ]);
    const { private: key, cert } = await certificate(
      "127.0.0.1",
      [
        { name: "basicConstraints", cA: false },
        { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
      ],
      { key: authority.private, cert: authority.cert },
    );
    await writeFile(join(at, "key.pem"), key, { mode: 0o600 });
    await writeFile(join(at, "cert.pem"), cert);
    const port = await freePort();
    const files = ["--tls-cert-file", join(at, "cert.pem"), "--tls-key-file", join(at, "key.pem")];
    const tls = ["--tls-port", `${port}`, "--tls-auth-clients", "no", ...files];
    await ownRedis([...tls, "--requirepass", "hunter2"]);
    const url = `rediss://:hunter2@127.0.0.1:${port}`;
    const trusting = redis({ url, tls: { ca: authority.cert } });
    await exercise(trusting);
    await trusting.dispose();
    const strict = redis({ url, timeout: 1000 });
    await assert.rejects(strict.read("acc:users:a"), (error: Error & { code: string }) => {
      assert.equal(error.code, "unavailable");
      assert.match(error.message, /certificate/i);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
    await strict.dispose();
    const config = join(at, "sentinel.conf");
    await writeFile(config, `sentinel monitor anon 127.0.0.1 ${port} 1\n`);
    const sentinel = await ownRedis(["--sentinel"], config);
    const options = { sentinels: [{ host: "127.0.0.1", port: sentinel.port }], name: "anon" };
    // the sentinel itself does not use TLS, but its master does
    const behind = redis({ options, tls: { ca: authority.cert }, password: "hunter2" });
    assert.equal(await behind.read("acc:users:a"), "two");
    await behind.dispose();
  });

  it("Sentinel: a failover interrupts calls only for its duration, and loses no replicated write", LONG, async () => {
    const master = await ownRedis();
    const replica = await ownRedis(["--replicaof", "127.0.0.1", `${master.port}`]);
    const config = join(await directory(), "sentinel.conf");
    const watch = [`monitor anon 127.0.0.1 ${master.port} 1`, "down-after-milliseconds anon 500"];
    await writeFile(config, [...watch, "failover-timeout anon 5000"].map((line) => `sentinel ${line}\n`).join(""));
    const sentinel = await ownRedis(["--sentinel"], config);
    const sentinels = [{ host: "127.0.0.1", port: sentinel.port }];
    const driver = redis({ options: { sentinels, name: "anon" }, timeout: 1000 });
    await exercise(driver);
    for (;;) {
      const [info, known] = await Promise.all([
        command(replica.port, ["INFO", "replication"]),
        command(sentinel.port, ["INFO", "sentinel"]),
      ]);
      if (/master_link_status:up/.test(info) && /slaves=1/.test(known)) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    for (let number = 0; number < 50; number++) assert.equal(await driver.swap(`k:${number}`, null, "x"), true);
    const written = offset(await command(master.port, ["INFO", "replication"]), "master_repl_offset");
    for (;;) {
      if (offset(await command(replica.port, ["INFO", "replication"]), "slave_repl_offset") >= written) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await master.kill();
    const refusals = new Set<string>();
    for (let done = false; !done; await new Promise((resolve) => setTimeout(resolve, 20))) {
      try {
        // reads before it repeats a write with an unknown outcome
        done = await driver.swap("after", await driver.read("after"), "moved");
      } catch (error) {
        refusals.add((error as { code: string }).code);
      }
    }
    // there are none if one call outlasted the failover
    refusals.delete("unavailable");
    assert.deepEqual([...refusals], []);
    assert.match(await command(replica.port, ["INFO", "replication"]), /role:master/);
    assert.equal(await driver.read("acc:users:a"), "two");
    for (let number = 0; number < 50; number++) assert.equal(await driver.read(`k:${number}`), "x");
    await driver.dispose();
  });

  it("Sentinel: the client survives a failover that is announced while it looks for the master", LONG, async () => {
    const master = await ownRedis();
    const config = join(await directory(), "sentinel.conf");
    await writeFile(config, `sentinel monitor anon 127.0.0.1 ${master.port} 1\n`);
    const sentinel = await ownRedis(["--sentinel"], config);
    const sentinels = [{ host: "127.0.0.1", port: sentinel.port }];
    const connection = new Connection(plan({ options: { sentinels, name: "anon" }, timeout: 1_000 }));
    await connection.open();
    assert.equal(String(await connection.read("echo", ["one"])), "one");
    const client = connection.client as Redis;
    const ended = new Promise((resolve) => client.once("end", resolve));
    // as ioredis's failover detector does
    client.once("connecting", () =>
      (client as unknown as { connector: { disconnect(): void } }).connector.disconnect(),
    );
    client.disconnect(true);
    await ended;
    for (;;) {
      const said = await connection.read("echo", ["two"]).catch(() => null);
      if (String(said) === "two") break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await connection.close();
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(client.status, "end");
  });

  it("Cluster: no increment is lost while a slot moves to another master", LONG, async () => {
    const cluster = await startCluster();
    try {
      const driver = redis({ url: cluster.url });
      const key = Array.from({ length: 100 }, (_, number) => `counter${number}`).find((name) => shardOf(name) === 0);
      assert(key);
      const same = Array.from({ length: 2000 }, (_, number) => `k${number}`).filter((name) => shardOf(name) === 0);
      for (const name of same) await driver.swap(name, null, "x", 1);
      await driver.swap(key, null, "0", 1);
      let stopped = false;
      let acknowledged = 0;
      let unknown = 0;
      const used = (async () => {
        while (!stopped) {
          try {
            const value = (await driver.read(key)) as string;
            if (await driver.swap(key, value, `${Number(value) + 1}`, 1)) acknowledged++;
          } catch (error) {
            assert.equal((error as { code: string }).code, "unavailable");
            unknown++;
          }
        }
      })();
      await move(`anon:{${TAGS[0]}}:${key}`, cluster.nodes);
      // some of them after the move
      const before = acknowledged;
      while (acknowledged < before + 10) await new Promise((resolve) => setTimeout(resolve, 20));
      stopped = true;
      await used;
      const value = Number(await driver.read(key));
      assert(value >= acknowledged && value <= acknowledged + unknown, `${value}: ${acknowledged} and ${unknown}`);
      assert.equal((await driver.due(9, { limit: 2000 })).entries.length, same.length + 1);
      assert.equal(await driver.swap("another", null, "x"), true);
      await driver.dispose();
    } finally {
      await cluster.stop();
    }
  });
});

function offset(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1] ?? Number.NaN);
}

/** Moves the slot of a name to the next master, some keys at a time, as `redis-cli --cluster reshard` does. */
async function move(name: string, nodes: { port: number }[]): Promise<void> {
  const slot = await command(nodes[0]!.port, ["CLUSTER", "KEYSLOT", name]);
  const counts = await Promise.all(nodes.map(({ port }) => command(port, ["CLUSTER", "COUNTKEYSINSLOT", slot])));
  const from = counts.findIndex((count) => count !== "0");
  const to = (from + 1) % nodes.length;
  const [source, target] = [nodes[from]!.port, nodes[to]!.port];
  const [sourceId, targetId] = await Promise.all([source, target].map((port) => command(port, ["CLUSTER", "MYID"])));
  await command(target, ["CLUSTER", "SETSLOT", slot, "IMPORTING", sourceId!]);
  await command(source, ["CLUSTER", "SETSLOT", slot, "MIGRATING", targetId!]);
  const move = `local keys = redis.call('CLUSTER', 'GETKEYSINSLOT', ARGV[1], 5)
    if #keys > 0 then redis.call('MIGRATE', '127.0.0.1', ARGV[2], '', 0, 5000, 'KEYS', unpack(keys)) end
    return #keys`;
  while ((await command(source, ["EVAL", move, "0", slot, `${target}`])) !== "0");
  await command(target, ["CLUSTER", "SETSLOT", slot, "NODE", targetId!]);
  await command(source, ["CLUSTER", "SETSLOT", slot, "NODE", targetId!]);
}
