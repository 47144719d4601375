/** Locks whose owners cannot be looked up (other containers, systems without /proc): they are judged by age alone. */
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

/** A lock that was acquired so many seconds ago, as a process that was stopped since then sees it. */
async function acquiredAgo(base: string, seconds: number, files: Files = openFiles(base)): Promise<Lock> {
  const { now } = Date;
  Date.now = () => now() - seconds * 1_000;
  try {
    return await acquire(files, "one", 1_000);
  } finally {
    Date.now = now;
  }
}

/** The same for a process in another pid namespace, which counts as dead. */
async function acquiredElsewhere(base: string): Promise<Lock> {
  const lock = await acquiredAgo(base, STOPPED_SECONDS);
  const file = join(base, "locks/one");
  const owner = parseOwner(readlinkSync(file)) as Owner;
  rmSync(file);
  symlinkSync(formatOwner({ ...owner, space: "1" }), file);
  const then = Date.now() / 1_000 - STOPPED_SECONDS;
  lutimesSync(file, then, then);
  return lock;
}

/** Runs `action` while another process holds the lock; then kills that process. */
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

/** Waits until there are no lock files. */
async function released(base: string): Promise<void> {
  const started = performance.now();
  while (readdirSync(join(base, "locks")).length > 0) {
    assert.ok(performance.now() - started < 20_000, readdirSync(join(base, "locks")).join());
    await new Promise((resume) => setTimeout(resume, 20));
  }
}

describe("fs locks of owners that cannot be looked up", () => {
  it("go to a successor, and the first owner does not release the successor's lock when it resumes", async () => {
    const base = fresh();
    const first = await acquiredElsewhere(base);
    const second = await acquire(openFiles(base), "one", 1_000);
    assert.throws(() => first.check(), { code: "unavailable" });
    await first.release();
    await assert.rejects(acquire(openFiles(base), "one", 50), locked);
    second.check();
    await second.release();
    assert.deepEqual(readdirSync(join(base, "locks")), []);
  });

  it("are released late when no process took over", async () => {
    const base = fresh();
    await (await acquiredElsewhere(base)).release();
    assert.deepEqual(readdirSync(join(base, "locks")), []);
    await (await acquire(openFiles(base), "one", 0)).release();
  });

  it("are released late together with the files of a killed successor", LONG, async () => {
    const base = fresh();
    const first = await acquiredElsewhere(base);
    await whileHeld(base, async () => undefined);
    assert.equal(readdirSync(join(base, "locks")).length, 2);
    await first.release();
    assert.deepEqual(readdirSync(join(base, "locks")), []);
  });

  it("are released late when the successor dies afterwards", LONG, async () => {
    const base = fresh();
    const first = await acquiredElsewhere(base);
    await whileHeld(base, () => first.release());
    await released(base);
    await (await acquire(openFiles(base), "one", 0)).release();
  });

  it("stay when the first owner releases late and another lock has replaced its own", async () => {
    const base = fresh();
    const first = await acquiredElsewhere(base);
    await (await acquire(openFiles(base), "one", 1_000)).release();
    const third = await acquire(openFiles(base), "one", 0);
    await first.release();
    await assert.rejects(acquire(openFiles(base), "one", 0), locked);
    await third.release();
    assert.deepEqual(readdirSync(join(base, "locks")), []);
  });

  it("count their age from when they are acquired, not from when the wait began", async () => {
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

describe("fs locks that a live process held for too long", () => {
  it("are released, even if releasing is delayed several times", async () => {
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
          // while the lock is being released by a live owner
          if (left > 0 && jumped >= 0 && path.includes(".")) {
            left--;
            jumped += 15_000;
            Date.now = () => now() + jumped;
          }
          return claimed;
        },
      };
      const lock = await acquiredAgo(base, 15, stalling);
      try {
        assert.throws(() => lock.check(), { code: "unavailable" });
        await lock.release();
      } finally {
        Date.now = now;
      }
      await released(base);
    }
  });

  it("are released when there is room on the disk again", async () => {
    const base = fresh();
    const files = openFiles(base);
    let failures = 0;
    const full: Files = {
      ...files,
      claim: (path, text) =>
        ++failures === 2 || failures === 3 ? Promise.reject(new Error("full")) : files.claim(path, text),
    };
    const lock = await acquiredAgo(base, 15, full);
    await lock.release();
    assert.deepEqual(readdirSync(join(base, "locks")), ["one"]);
    await released(base);
    assert.ok(failures >= 4);
  });
});

describe("fs lockTimeout", () => {
  it("is counted once for all calls that wait for the same key", LONG, async () => {
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

  it("is not used up by waiting for other calls of the same process", LONG, async () => {
    const base = fresh();
    const timeout = 1_000;
    const files = openFiles(base);
    const started = performance.now();
    let rivals = 0;
    // All calls start at once and are slow. The first call that runs after the timeout meets another owner, which holds the
    // lock for a tenth of the timeout. By then it and all later calls have waited longer than that, but for each other.
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
    const store = openStore(contended, openDueLog(contended), "registered", timeout);
    await Promise.all(Array.from({ length: 100 }, (_, i) => store.change("one", String(i), null)));
    assert.equal(rivals, 1);
    assert.deepEqual(readdirSync(join(base, "locks")), []);
  });
});
