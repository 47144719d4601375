/** The storages the SDK's suite runs over. Each `open` answers a storage of its own, empty and unlike any other. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import unstorageMemory from "unstorage/drivers/memory";
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import { adapt } from "../../storage-drivers/adapter.ts";
import fs from "../../storage-drivers/fs/index.ts";
import memory from "../../storage-drivers/memory.ts";
import redis from "../../storage-drivers/redis/index.ts";
import { canStartRedis, clusterUrl, standaloneUrl, stopServers, uniqueBase, withoutRedis } from "./redis.ts";

/** One kind of storage. `cleanup` disposes of everything it opened. */
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

/** A server for all tests of a file, started with the first and stopped when they are done. */
function onRedis(name: string, start: () => Promise<string | null>): TestStore {
  let url: Promise<string | null> | undefined;
  const store = kind(name, async () => {
    url ??= start();
    return { driver: redis({ url: (await url) ?? "", base: uniqueBase() }) };
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

const hasRedis = canStartRedis || (process.env.ANON_TEST_REDIS_URL && process.env.ANON_TEST_REDIS_CLUSTER);
if (!hasRedis) withoutRedis("the SDK over redis");

const redisStores = [onRedis("redis", standaloneUrl), onRedis("redis cluster", clusterUrl)];

/** All of them. */
export const STORES: readonly TestStore[] = [inMemory, onDisk, adapted, ...(hasRedis ? redisStores : [])];
