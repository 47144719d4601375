/** The storages the SDK's suite runs over. Each `open` answers a storage of its own, empty and unlike any other. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import unstorageMemory from "unstorage/drivers/memory";
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import { adapt } from "../../storage-drivers/adapter.ts";
import fs from "../../storage-drivers/fs/index.ts";
import memory from "../../storage-drivers/memory.ts";

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

/** All of them. */
export const STORES: readonly TestStore[] = [inMemory, onDisk, adapted];
