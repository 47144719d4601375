/** Sentinel replaces a frozen master. When that master wakes up, it accepts writes at first, and loses them later. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, it } from "node:test";
import { Redis } from "ioredis";
import { command } from "../../../scripts/redis/resp.mjs";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import redis from "../../../storage-drivers/redis/index.ts";
import { needsRedis, ownRedis, type RedisServer, stopServers } from "../../support/redis.ts";
import { setUp } from "../../support/sdk.ts";

const LONG = needsRedis("own", { timeout: 120_000 });
const QUICK = ["--repl-diskless-sync-delay", "0"];

const directories: string[] = [];

async function until(ready: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await ready())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A master with two replicas and three sentinels. */
async function startSentinels() {
  const master = await ownRedis(QUICK);
  const replicaof = [...QUICK, "--replicaof", "127.0.0.1", `${master.port}`];
  const replicas = await Promise.all([ownRedis(replicaof), ownRedis(replicaof)]);
  for (const { port } of replicas) {
    await until(async () => /master_link_status:up/.test(await command(port, ["INFO", "replication"])));
  }
  const directory = await mkdtemp(join(tmpdir(), "anon-frozen-"));
  directories.push(directory);
  const lines = [
    `monitor anon 127.0.0.1 ${master.port} 2`,
    "down-after-milliseconds anon 1000",
    "failover-timeout anon 5000",
  ];
  const sentinels: RedisServer[] = [];
  for (const number of [1, 2, 3]) {
    const config = join(directory, `sentinel-${number}.conf`);
    await writeFile(config, lines.map((line) => `sentinel ${line}\n`).join(""));
    sentinels.push(await ownRedis(["--sentinel"], config));
  }
  for (const { port } of sentinels) {
    await until(async () => /slaves=2,sentinels=3/.test(await command(port, ["INFO", "sentinel"])));
  }
  return { master, replicas, sentinels };
}

/** The port of the master by each sentinel. */
async function mastersOf(sentinels: RedisServer[]): Promise<string[]> {
  const infos = await Promise.all(sentinels.map(({ port }) => command(port, ["INFO", "sentinel"])));
  return infos.map((info) => /address=127\.0\.0\.1:(\d+)/.exec(info)?.[1] ?? "");
}

describe("redis behind Sentinel, with a master that freezes, is replaced and wakes up", () => {
  after(async () => {
    await stopServers();
    for (const path of directories) await rm(path, { recursive: true, force: true });
  });

  it("loses no acknowledged sign-in, with the driver's client or a passed client", LONG, async () => {
    const { master, replicas, sentinels } = await startSentinels();
    const options = { sentinels: sentinels.map(({ port }) => ({ host: "127.0.0.1", port })), name: "anon" };
    const client = new Redis({ ...options, failoverDetector: true });
    client.on("error", () => undefined);
    // long enough that both are still connected to the master when it wakes up
    const drivers = [redis({ options, timeout: 10_000 }), redis({ client, timeout: 10_000 })];
    const acknowledged: string[][] = [[], []];
    let stopped = false;
    async function signInRepeatedly(number: number): Promise<void> {
      const { anon } = setUp(drivers[number] as AtomicDriver);
      while (!stopped) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        const signedIn = await anon.signInAnonymously().catch(() => null);
        if (signedIn) acknowledged[number]?.push(signedIn.record.id);
      }
    }
    for (const driver of drivers) await driver.swap("warm", await driver.read("warm"), "up");
    process.kill(master.pid, "SIGSTOP");
    try {
      const loops = [0, 0, 0, 0, 1, 1, 1, 1].map(signInRepeatedly);
      await until(async () => (await mastersOf(sentinels)).every((port) => port !== `${master.port}`));
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      process.kill(master.pid, "SIGCONT");
      // sentinels wait about ten seconds before they make it a replica
      await until(async () => /role:slave/.test(await command(master.port, ["INFO", "replication"])));
      const before = acknowledged.map(({ length }) => length);
      await until(() => acknowledged.every(({ length }, number) => length > (before[number] ?? 0) + 50));
      stopped = true;
      await Promise.all(loops);
    } finally {
      process.kill(master.pid, "SIGCONT");
    }
    const [address] = await mastersOf(sentinels);
    assert.ok(replicas.some(({ port }) => `${port}` === address));
    const now = redis({ url: `redis://127.0.0.1:${address}` });
    for (const ids of acknowledged) {
      const found = await now.readMany?.(ids.map((id) => `acc:users:${id}`));
      const lost = found?.filter((text) => text === null).length;
      assert.equal(lost, 0, `${lost} of ${ids.length} lost`);
    }
    for (const driver of [...drivers, now]) await driver.dispose();
    client.disconnect();
  });
});
