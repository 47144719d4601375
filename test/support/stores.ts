/**
 * The storages that the SDK's suite runs over. The SDK is the same code on every runtime, and the conformance suite of each
 * driver runs on all of them, so in the short size each runtime runs this suite over some. Each `open` returns a new, empty
 * storage.
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
import sql from "../../storage-drivers/sql/index.ts";
import type { TestOptions } from "./needs.ts";
import { needsPostgres, postgresUrl, stopServers as stopPostgres, uniqueTable } from "./postgres.ts";
import { clusterUrl, needsRedis, standaloneUrl, stopServers as stopRedis, uniqueBase } from "./redis.ts";
import { FULL } from "./size.ts";

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

const onSqlite = kind("sqlite", async () => {
  const directory = await mkdtemp(join(tmpdir(), "anon-sdk-"));
  const driver = sql({ url: `sqlite:${join(directory, "accounts.db")}` });
  return { driver, clear: () => rm(directory, { recursive: true, force: true }) };
});

/** One server for all tests of a file, started by the first and stopped by `cleanup`. */
function onServer(
  name: string,
  { start, stop, open }: { start(): Promise<string>; stop(): Promise<void>; open(url: string): AtomicDriver },
): TestStore {
  let url: Promise<string> | undefined;
  const store = kind(name, async () => {
    url ??= start();
    return { driver: open(await url) };
  });
  return {
    ...store,
    async cleanup() {
      await store.cleanup();
      url = undefined;
      await stop();
    },
  };
}

const redisServers = { stop: stopRedis, open: (url: string) => redis({ url, base: uniqueBase() }) };
const onRedis = onServer("redis", { ...redisServers, start: standaloneUrl });
const onCluster = onServer("redis cluster", { ...redisServers, start: clusterUrl });
const onPostgres = onServer("postgres", {
  start: postgresUrl,
  stop: stopPostgres,
  open: (url) => sql({ url, table: uniqueTable() }),
});

/** The storages of this size and runtime. */
function chosen(): TestStore[] {
  if (FULL) return [inMemory, onDisk, onSqlite, adapted, onRedis, onCluster, onPostgres];
  // each has another client of SQLite
  if ("Bun" in globalThis || "Deno" in globalThis) return [inMemory, onSqlite];
  return [inMemory, onDisk, onRedis, onPostgres];
}

const needed = new Map<TestStore, () => TestOptions>([
  [onRedis, () => needsRedis("standalone")],
  [onCluster, () => needsRedis("cluster")],
  [onPostgres, () => needsPostgres("shared")],
]);

function available(stores: readonly TestStore[]): TestStore[] {
  return stores.filter((store) => {
    const options = needed.get(store)?.();
    // one skipped test in each file shows that a storage is missing
    if (options?.skip) it(`all tests of this file over ${store.name}`, options, () => undefined);
    return !options?.skip;
  });
}

/** The available storages. */
export const STORES: readonly TestStore[] = available(chosen());

/** Those whose counters are shared by all processes, on every runtime. */
export function countingStores(): TestStore[] {
  return available([onSqlite, onRedis, onPostgres]);
}
