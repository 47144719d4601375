/** Locks whose owners cannot be looked up (other containers, systems without /proc): only their age tells about them. */
import assert from "node:assert/strict";
import { lstatSync, lutimesSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { openDueLog } from "../../../storage-drivers/fs/due-log.ts";
import { type Files, openFiles } from "../../../storage-drivers/fs/files.ts";
import fs from "../../../storage-drivers/fs/index.ts";
import { acquire, type Lock } from "../../../storage-drivers/fs/lock.ts";
import { formatOwner, type Owner, parseOwner } from "../../../storage-drivers/fs/owner.ts";
import { openStore } from "../../../storage-drivers/fs/store.ts";
import type { DriverError } from "../../../storage-drivers/shared/driver-error.ts";
import { startWorker } from "./workers/spawn.ts";

const root = mkdtempSync(join(tmpdir(), "anon-fs-foreign-"));
after(() => rmSync(root, { recursive: true, force: true }));
const fresh = (): string => mkdtempSync(join(root, "base-"));
const STOPPED_SECONDS = 40;
const LONG = { timeout: 300_000 };
const locked = (error: DriverError): boolean => error.code === "locked";

/** A lock that was taken so many seconds ago: what is stopped meanwhile sees the clock jump. */
async function stopped(base: string, seconds: number, files: Files = openFiles(base)): Promise<Lock> {
  const { now } = Date;
  Date.now = () => now() - seconds * 1_000;
  try {
    return await acquire(files, "one", 1_000);
  } finally {
    Date.now = now;
  }
}

/** The same of a process in another pid namespace, which counts as dead. */
async function stoppedElsewhere(base: string): Promise<Lock> {
  const lock = await stopped(base, STOPPED_SECONDS);
  const file = join(base, "locks/one");
  const owner = parseOwner(readlinkSync(file)) as Owner;
  rmSync(file);
  symlinkSync(formatOwner({ ...owner, space: "1" }), file);
  const then = Date.now() / 1_000 - STOPPED_SECONDS;
  lutimesSync(file, then, then);
  return lock;
}

/** A process that takes the lock and is killed after `action`. */
async function whileHeld<T>(base: string, action: () => Promise<T>): Promise<T> {
  const holder = startWorker(["hold", base, "one"]);
  try {
    await holder.lines.next();
    return await action();
  } finally {
    holder.process.kill("SIGKILL");
    await holder.ended;
  }
}

/** Waits until nothing of any lock is left. */
async function released(base: string): Promise<void> {
  const started = performance.now();
  while (readdirSync(join(base, "locks")).length > 0) {
    assert.ok(performance.now() - started < 20_000, readdirSync(join(base, "locks")).join());
    await new Promise((resume) => setTimeout(resume, 20));
  }
}

describe("fs locks of owners that cannot be looked up", () => {
  it("go to a successor, whom the first owner does not rob when it comes back", async () => {
    const base = fresh();
    const first = await stoppedElsewhere(base);
    const second = await acquire(openFiles(base), "one", 1_000);
    assert.throws(() => first.check(), { code: "unavailable" });
    await first.release();
    await assert.rejects(acquire(openFiles(base), "one", 50), locked);
    second.check();
    await second.release();
    assert.deepEqual(readdirSync(join(base, "locks")), []);
  });

  it("are given back late when nobody took over", async () => {
    const base = fresh();
    await (await stoppedElsewhere(base)).release();
    assert.deepEqual(readdirSync(join(base, "locks")), []);
    await (await acquire(openFiles(base), "one", 0)).release();
  });

  it("are given back late with what a killed successor left", LONG, async () => {
    const base = fresh();
    const first = await stoppedElsewhere(base);
    await whileHeld(base, async () => undefined);
    assert.equal(readdirSync(join(base, "locks")).length, 2);
    await first.release();
    assert.deepEqual(readdirSync(join(base, "locks")), []);
  });

  it("are given back late when the successor dies after that", LONG, async () => {
    const base = fresh();
    const first = await stoppedElsewhere(base);
    await whileHeld(base, () => first.release());
    await released(base);
    await (await acquire(openFiles(base), "one", 0)).release();
  });

  it("are left alone late when another lock has their place", async () => {
    const base = fresh();
    const first = await stoppedElsewhere(base);
    await (await acquire(openFiles(base), "one", 1_000)).release();
    const third = await acquire(openFiles(base), "one", 0);
    await first.release();
    await assert.rejects(acquire(openFiles(base), "one", 0), locked);
    await third.release();
    assert.deepEqual(readdirSync(join(base, "locks")), []);
  });

  it("are as old as the holding, not as the waiting before", async () => {
    const base = fresh();
    const first = await acquire(openFiles(base), "one", 0);
    const waiting = acquire(openFiles(base), "one", 30_000);
    await new Promise((resume) => setTimeout(resume, 1_000));
    const { mtimeMs } = lstatSync(join(base, "locks/one"));
    await first.release();
    const second = await waiting;
    assert.ok(lstatSync(join(base, "locks/one")).mtimeMs - mtimeMs > 500);
    await second.release();
  });
});

describe("fs locks that were held for long by a process that lives", () => {
  it("are given back, however often that comes too late", async () => {
    for (const stalls of [0, 1, 2]) {
      const base = fresh();
      const files = openFiles(base);
      const { now } = Date;
      let left = stalls;
      let jumped = 0;
      const stalling: Files = {
        ...files,
        async claim(path, text) {
          const claimed = await files.claim(path, text);
          // while it is being released, and its owner is known to live
          if (left > 0 && jumped >= 0 && path.includes(".")) {
            left--;
            jumped += 15_000;
            Date.now = () => now() + jumped;
          }
          return claimed;
        },
      };
      const lock = await stopped(base, 15, stalling);
      try {
        assert.throws(() => lock.check(), { code: "unavailable" });
        await lock.release();
      } finally {
        Date.now = now;
      }
      await released(base);
    }
  });

  it("are given back when there is room on the disk again", async () => {
    const base = fresh();
    const files = openFiles(base);
    let failures = 0;
    const full: Files = {
      ...files,
      claim: (path, text) =>
        ++failures === 2 || failures === 3 ? Promise.reject(new Error("full")) : files.claim(path, text),
    };
    const lock = await stopped(base, 15, full);
    await lock.release();
    assert.deepEqual(readdirSync(join(base, "locks")), ["one"]);
    await released(base);
    assert.ok(failures >= 4);
  });
});

describe("fs lockTimeout", () => {
  it("is counted once, however many wait for the same key", LONG, async () => {
    const base = fresh();
    const driver = fs({ base, lockTimeout: 500 });
    await driver.swap("one", null, "a");
    const took = await whileHeld(base, async () => {
      const started = performance.now();
      const swaps = Array.from({ length: 20 }, () => assert.rejects(driver.swap("one", "a", "b"), locked));
      await Promise.all(swaps);
      return performance.now() - started;
    });
    assert.ok(took < 20 * 500 * 0.5, `${took} ms`);
    assert.equal(await driver.swap("one", "a", "b"), true);
  });

  it("is not used up by waiting for calls of the same process that get the lock", LONG, async () => {
    const base = fresh();
    const timeout = 1_000;
    const files = openFiles(base);
    const started = performance.now();
    let rivals = 0;
    // All calls are made at once, and are slow; the first one after more than the timeout meets another owner, for a
    // tenth of it. It and every call behind it have waited longer than the timeout by then, but not for that owner.
    const contended: Files = {
      ...files,
      async temporary(text, sync, name) {
        if (rivals === 0) await new Promise((resume) => setTimeout(resume, timeout / 40));
        return files.temporary(text, sync, name);
      },
      async claim(path, text) {
        if (path === "locks/one" && rivals === 0 && performance.now() - started > timeout * 1.2) {
          rivals += 1;
          const rival = await acquire(files, "one", timeout);
          setTimeout(() => void rival.release(), timeout / 10);
        }
        return files.claim(path, text);
      },
    };
    const store = openStore(contended, openDueLog(contended), timeout);
    await Promise.all(Array.from({ length: 100 }, (_, i) => store.change("one", String(i), null, false)));
    assert.equal(rivals, 1);
    assert.deepEqual(readdirSync(join(base, "locks")), []);
  });
});
