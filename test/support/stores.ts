/**
 * The storages that the SDK's suite runs over. The short size omits the adapter and the cluster: the conformance suite runs
 * over both, and the SDK uses the same port. Each `open` returns a new, empty storage.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import unstorageMemory from "unstorage/drivers/memory";
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import { adapt } from "../../storage-drivers/adapter.ts";
import fs from "../../storage-drivers/fs/index.ts";
import memory from "../../storage-drivers/memory.ts";
import redis from "../../storage-drivers/redis/index.ts";
import { clusterUrl, hasRedis, type Kind, needsRedis, standaloneUrl, stopServers, uniqueBase } from "./redis.ts";
import { bySize } from "./size.ts";

/** One kind of storage. `cleanup` disposes of every storage that it opened. */
export interface TestStore {
  name: string;
  open(): Promise<AtomicDriver>;
  cleanup(): Promise<void>;
}

function kind(name: string, make: () => Promise<{ driver: AtomicDriver; clear?: () => Promise<void> }>): TestStore {
  const opened: { driver: AtomicDriver; clear?: () => Promise<void> }[] = [];
  return {
    name,
    async open() {
      const made = await make();
      opened.push(made);
      return made.driver;
    },
    async cleanup() {
      for (const { driver, clear } of opened.splice(0)) {
        await driver.dispose();
        await clear?.();
      }
    },
  };
}

const inMemory = kind("memory", async () => ({ driver: memory() }));

const onDisk = kind("fs", async () => {
  const base = await mkdtemp(join(tmpdir(), "anon-sdk-"));
  return { driver: fs({ base }), clear: () => rm(base, { recursive: true, force: true }) };
});

const adapted = kind("adapter over unstorage's memory", async () => ({ driver: adapt(unstorageMemory()) }));

/** One server for all tests of a file, started by the first and stopped by `cleanup`. */
function onRedis(name: string, start: () => Promise<string>): TestStore {
  let url: Promise<string> | undefined;
  const store = kind(name, async () => {
    url ??= start();
    return { driver: redis({ url: await url, base: uniqueBase() }) };
  });
  return {
    ...store,
    async cleanup() {
      await store.cleanup();
      url = undefined;
      await stopServers();
    },
  };
}

const standalone: [Kind, TestStore] = ["standalone", onRedis("redis", standaloneUrl)];
const cluster: [Kind, TestStore] = ["cluster", onRedis("redis cluster", clusterUrl)];
const onServers = bySize({ full: [standalone, cluster], short: [standalone] });
const found = onServers.filter(([kind]) => hasRedis(kind));
// one skipped test in each file shows that a storage is missing
for (const [kind, { name }] of onServers) {
  if (!hasRedis(kind)) it(`all tests of this file over ${name}`, needsRedis(kind), () => undefined);
}

/** The available storages. */
export const STORES: readonly TestStore[] = [
  inMemory,
  onDisk,
  ...bySize({ full: [adapted], short: [] }),
  ...found.map(([, store]) => store),
];
