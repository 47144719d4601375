/** One process beside others on the same directory: `worker.ts <role> <base> [argument]`. Results go to stdout. */
import { closeSync, existsSync, openSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openDueLog } from "../../../../storage-drivers/fs/due-log.ts";
import { type Files, openFiles } from "../../../../storage-drivers/fs/files.ts";
import fs from "../../../../storage-drivers/fs/index.ts";
import { acquire } from "../../../../storage-drivers/fs/lock.ts";
import { openStore } from "../../../../storage-drivers/fs/store.ts";
import { keysOfOneDirectory } from "./keys.ts";

const [role = "", base = "", argument = ""] = process.argv.slice(2);
const driver = fs({ base });
// Synchronous, so that a line is out before the process can be killed.
const say = (line: string): void => void writeSync(1, `${line}\n`);

const ROLES: Record<string, () => Promise<void>> = {
  /** Adds one to a number as often as told. */
  async count() {
    for (let done = 0; done < Number(argument); ) {
      const value = await driver.read("counter");
      if (await driver.swap("counter", value, `${Number(value ?? 0) + 1}`)) done++;
    }
  },
  /** Tries to create many keys that others try to create too, and names those it won. */
  async create() {
    for (let i = 0; i < Number(argument); i++) if (await driver.swap(`key:${i}`, null, `${process.pid}`)) say(`${i}`);
  },
  /** Rewrites one key with values of every size until killed. */
  async rewrite() {
    for (let i = 0; ; i++) await driver.setItem?.("big", `<${"x".repeat((i * 7919) % 100_000)}>`, {});
  },
  /** Creates, moves and deletes keys until killed, and says so before and after each write. */
  async write() {
    for (let i = 0; ; i++) {
      const key = `acc:${argument}:${i}`;
      await driver.swap(key, null, `first ${i}`, i);
      say(`created ${i}`);
      say(`moving ${i - 1}`);
      const moved = await driver.swap(
        `acc:${argument}:${i - 1}`,
        `first ${i - 1}`,
        `second ${i - 1}`,
        i + 1_000_000_000,
      );
      if (moved) say(`moved ${i - 1}`);
    }
  },
  /** Rewrites every second of many keys in turn until killed: "<first> <count>". */
  async churn() {
    const [first = 0, count = 0] = argument.split(" ").map(Number);
    const keys = keysOfOneDirectory(count);
    say("churning");
    for (let i = first; ; i = (i + 2 * 16) % count) {
      await Promise.all(
        Array.from({ length: 16 }, (_, n) => driver.setItem?.(keys[(i + 2 * n) % count] ?? "", "y", {})),
      );
    }
  },
  /** Takes the lock of a key and keeps it. */
  async hold() {
    await acquire(openFiles(base), argument, 10_000);
    say("held");
    setInterval(() => undefined, 1_000);
  },
  /** Tries for a moment to take the lock of a key, and says how that ended. */
  async seize() {
    try {
      await acquire(openFiles(base), argument, 50);
      say("held");
    } catch (error) {
      say(`${(error as { code?: string }).code}`);
    }
  },
  /** Takes the lock of a key again and again; a file made exclusively while it is held shows when another has it too. */
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
    say("alone");
  },
  /**
   * Changes "one" (to nothing without an argument), standing still after the last check until there is a file "go"; with the
   * argument "released" it stands still before it removes its lock instead.
   */
  async stall() {
    const files = openFiles(base);
    const stall = (): void => {
      say("stalled");
      while (!existsSync(join(base, "go"))) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    };
    const stalling: Files = {
      ...files,
      replace(from, to) {
        if (argument !== "released") stall();
        return files.replace(from, to);
      },
      withdraw(from, to) {
        if (from.startsWith("locks/") === (argument === "released")) stall();
        return files.withdraw(from, to);
      },
    };
    try {
      const store = openStore(stalling, openDueLog(stalling), 1_000);
      say(`${await store.swap("one", "one", "before", argument || null, null, false)}`);
    } catch (error) {
      say(`${(error as { code?: string }).code} ${(error as Error).message}`);
    }
  },
  /** Reads one key and says how that ended. */
  async get() {
    try {
      say(`${await driver.read(argument)}`);
    } catch (error) {
      say(`${(error as { code?: string }).code} ${(error as Error).message}`);
    }
  },
  /** Writes one key and says how that ended. */
  async put() {
    try {
      await driver.swap("acc:users:one", null, "x".repeat(Number(argument)), 1);
      say("written");
    } catch (error) {
      say(`${(error as { code?: string }).code} ${(error as Error).message}`);
    }
  },
};

await ROLES[role]?.();
