/** Locks whose owners cannot be looked up (other containers, systems without /proc): only their age tells about them. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { openFiles } from "../../storage-drivers/fs/files.ts";
import fs from "../../storage-drivers/fs/index.ts";
import { acquire, type Lock } from "../../storage-drivers/fs/lock.ts";
import type { DriverError } from "../../storage-drivers/shared/driver-error.ts";
import { startWorker } from "./fs-workers/spawn.ts";

const root = mkdtempSync(join(tmpdir(), "anon-fs-foreign-"));
after(() => rmSync(root, { recursive: true, force: true }));
const fresh = (): string => mkdtempSync(join(root, "base-"));
const STOPPED_SECONDS = 40;
const locked = (error: DriverError): boolean => error.code === "locked";

/** A lock of a process in another pid namespace that was stopped since: what is stopped sees the clock jump. */
async function stoppedElsewhere(base: string): Promise<Lock> {
  const { now } = Date;
  Date.now = () => now() - STOPPED_SECONDS * 1_000;
  try {
    const lock = await acquire(openFiles(base), "one", 1_000);
    const file = join(base, "locks/one");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, JSON.stringify({ ...JSON.parse(text), space: "pid:[1]" }));
    const then = now() / 1_000 - STOPPED_SECONDS;
    utimesSync(file, then, then);
    return lock;
  } finally {
    Date.now = now;
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

  it("are given back late with what a killed successor left", async () => {
    const base = fresh();
    const first = await stoppedElsewhere(base);
    const second = startWorker(["hold", base, "one"]);
    await second.lines.next();
    second.process.kill("SIGKILL");
    await second.ended;
    assert.equal(readdirSync(join(base, "locks")).length, 2);
    await first.release();
    assert.deepEqual(readdirSync(join(base, "locks")), []);
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
    const { mtimeMs } = statSync(join(base, "locks/one"));
    await first.release();
    const second = await waiting;
    assert.ok(statSync(join(base, "locks/one")).mtimeMs - mtimeMs > 500);
    await second.release();
  });

  it("cost every caller the timeout once, however many wait for the same key", { timeout: 60_000 }, async () => {
    const base = fresh();
    const driver = fs({ base, lockTimeout: 500 });
    await driver.swap("one", null, "a");
    const holder = startWorker(["hold", base, "one"]);
    await holder.lines.next();
    const started = performance.now();
    const swaps = Array.from({ length: 20 }, () => assert.rejects(driver.swap("one", "a", "b"), locked));
    await Promise.all(swaps);
    const took = performance.now() - started;
    holder.process.kill("SIGKILL");
    await holder.ended;
    assert.ok(took < 20 * 500 * 0.5, `${took} ms`);
    assert.equal(await driver.swap("one", "a", "b"), true);
  });
});
