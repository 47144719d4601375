/** One of several processes on the same directory: `worker.ts <role> <base> [argument]`. Prints its results. */
import { closeSync, existsSync, openSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { DueDeleted } from "../../../../sdk/storage/port.ts";
import { ownDeletions } from "../../../../storage-drivers/fs/deletion-owner.ts";
import { openDueLog } from "../../../../storage-drivers/fs/due-log.ts";
import { type Files, openFiles } from "../../../../storage-drivers/fs/files.ts";
import fs from "../../../../storage-drivers/fs/index.ts";
import { acquire } from "../../../../storage-drivers/fs/lock.ts";
import { openStore } from "../../../../storage-drivers/fs/store.ts";
import { keysOfOneDirectory } from "./keys.ts";

const [role = "", base = "", argument = ""] = process.argv.slice(2);
const driver = fs({ base });
// synchronous: the line must be written before the process can be killed
const print = (line: string): void => void writeSync(1, `${line}\n`);

function waitForGo(): void {
  print("stalled");
  while (!existsSync(join(base, "go"))) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
}

const ROLES: Record<string, () => Promise<void>> = {
  /** Increments a counter <argument> times. */
  async count() {
    for (let done = 0; done < Number(argument); ) {
      const value = await driver.read("counter");
      if (await driver.swap("counter", value, `${Number(value ?? 0) + 1}`)) done++;
    }
  },
  /** Tries to create keys that other processes try to create too; prints those that it created. */
  async create() {
    for (let i = 0; i < Number(argument); i++) if (await driver.swap(`key:${i}`, null, `${process.pid}`)) print(`${i}`);
  },
  /** Rewrites one key with values of every size until killed. */
  async rewrite() {
    for (let i = 0; ; i++) await driver.setItem?.("big", `<${"x".repeat((i * 7919) % 100_000)}>`, {});
  },
  /** Creates and moves keys until killed; prints a line before and after each write. */
  async write() {
    for (let i = 0; ; i++) {
      const key = `acc:${argument}:${i}`;
      await driver.swap(key, null, `first ${i}`, i);
      print(`created ${i}`);
      print(`moving ${i - 1}`);
      const moved = await driver.swap(
        `acc:${argument}:${i - 1}`,
        `first ${i - 1}`,
        `second ${i - 1}`,
        i + 1_000_000_000,
      );
      if (moved) print(`moved ${i - 1}`);
    }
  },
  /** Rewrites every second key until killed; the argument is "<first> <count>". */
  async churn() {
    const [first = 0, count = 0] = argument.split(" ").map(Number);
    const keys = keysOfOneDirectory(count);
    print("churning");
    for (let i = first; ; i = (i + 2 * 16) % count) {
      await Promise.all(
        Array.from({ length: 16 }, (_, n) => driver.setItem?.(keys[(i + 2 * n) % count] ?? "", "y", {})),
      );
    }
  },
  /** Acquires the lock of a key and keeps it. */
  async hold() {
    await acquire(openFiles(base), argument, 10_000);
    print("held");
    setInterval(() => undefined, 1_000);
  },
  /** Tries to acquire the lock of a key for 50 ms; prints the result. */
  async seize() {
    try {
      await acquire(openFiles(base), argument, 50);
      print("held");
    } catch (error) {
      print(`${(error as { code?: string }).code}`);
    }
  },
  /** Acquires and releases a lock repeatedly. Creating the witness file fails if another process holds the lock too. */
  async contend() {
    const files = openFiles(base);
    const witness = join(base, "witness");
    for (let i = 0; i < Number(argument); i++) {
      const lock = await acquire(files, "contended", 30_000);
      closeSync(openSync(witness, "wx"));
      await new Promise((resume) => setTimeout(resume, Math.random() * 2));
      unlinkSync(witness);
      await lock.release();
    }
    print("alone");
  },
  /**
   * Changes "one" (deletes it without an argument), but waits for a file "go" after the last check. With the argument
   * "released" it waits before it removes its lock instead.
   */
  async stall() {
    const files = openFiles(base);
    const stopping: Files = {
      ...files,
      replace(from, to) {
        if (argument !== "released") waitForGo();
        return files.replace(from, to);
      },
      withdraw(from, to) {
        if (from.startsWith("locks/") === (argument === "released")) waitForGo();
        return files.withdraw(from, to);
      },
    };
    try {
      const store = openStore(stopping, openDueLog(stopping), "registered", 1_000);
      print(`${await store.swap("one", "one", "before", argument || null, null, false)}`);
    } catch (error) {
      print(`${(error as { code?: string }).code} ${(error as Error).message}`);
    }
  },
  /** Deletes what is due of keys that begin with "k", <argument> at a time, until nothing is due; prints how many. */
  async collect() {
    const what = { limit: Number(argument), keys: ["k"], beginning: "guest" };
    do {
      let cursor: string | null = null;
      do {
        const done: DueDeleted | undefined = await driver.deleteDue?.(1e6, { ...what, cursor });
        print(`${done?.deleted}`);
        cursor = done?.cursor ?? null;
      } while (cursor !== null);
    } while ((await driver.due(1e6, { limit: 1 })).entries.length > 0);
  },
  /** Takes every seventh key out of the queue with a new value, beginning at the end; the argument is "<first> <count>". */
  async save() {
    const [first = 0, count = 0] = argument.split(" ").map(Number);
    for (let i = count - 1 - first; i >= 0; i -= 7) {
      if (await driver.swap(`k${i}`, `guest ${i}`, `member ${i}`)) print(`${i}`);
    }
  },
  /** Owns the lock of "k1" to delete it, and waits for a file "go" before it does what <argument> says; then that of "k2". */
  async own() {
    const owner = await ownDeletions(base, openFiles(base));
    const verdict = argument as "delete" | "kept";
    const first = owner.remove("k1", 32, () => {
      waitForGo();
      return verdict;
    });
    print(first);
    print(owner.remove("k2", 32, () => verdict));
    await owner.close();
  },
  /** Reads one key; prints the result. */
  async get() {
    try {
      print(`${await driver.read(argument)}`);
    } catch (error) {
      print(`${(error as { code?: string }).code} ${(error as Error).message}`);
    }
  },
  /** Writes one key; prints the result. */
  async put() {
    try {
      await driver.swap("acc:users:one", null, "x".repeat(Number(argument)), 1);
      print("written");
    } catch (error) {
      print(`${(error as { code?: string }).code} ${(error as Error).message}`);
    }
  },
};

await ROLES[role]?.();
