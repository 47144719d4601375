/** `deleteDue` beside other processes: locks of the living and the dead, owners that are killed or stopped at any time. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { lutimesSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { AtomicDriver, DueDeletion } from "../../../sdk/storage/port.ts";
import { openFiles } from "../../../storage-drivers/fs/files.ts";
import fs from "../../../storage-drivers/fs/index.ts";
import { acquire } from "../../../storage-drivers/fs/lock.ts";
import { dataPath } from "../../../storage-drivers/fs/names.ts";
import { needs } from "../../support/needs.ts";
import { allLines, startInNamespace, startWorker } from "./workers/spawn.ts";

const root = mkdtempSync(join(tmpdir(), "anon-fs-due-deletion-"));
after(() => rmSync(root, { recursive: true, force: true }));
const fresh = (): string => mkdtempSync(join(root, "base-"));
const LONG = { timeout: 300_000 };
const COUNT = 2_000;
const WHAT: DueDeletion = { limit: 10_000, keys: ["k"], beginning: "guest" };

const tried = spawnSync("unshare", ["--pid", "--fork", "--mount-proc", "true"], { encoding: "utf8" });
const failure = tried.status === 0 ? null : (tried.error?.message ?? tried.stderr.trim());
const needsSpaces = needs(failure === null, `no process namespaces: unshare failed (${failure})`, LONG);

async function seed(driver: AtomicDriver, count: number): Promise<void> {
  for (let i = 0; i < count; i += 64) {
    const some = Array.from({ length: Math.min(64, count - i) }, (_, n) => i + n);
    await Promise.all(some.map((n) => driver.swap(`k${n}`, null, `guest ${n}`, n)));
  }
}

async function valuesOf(driver: AtomicDriver): Promise<(string | null)[]> {
  const values: (string | null)[] = [];
  for (let i = 0; i < COUNT; i++) values.push(await driver.read(`k${i}`));
  return values;
}

describe("fs deleteDue", () => {
  it("deletes each value in one process, or leaves it to the swap that was first", LONG, async () => {
    const base = fresh();
    const driver = fs({ base });
    await seed(driver, COUNT);
    const collectors = [startWorker(["collect", base, "50"]), startWorker(["collect", base, "70"])];
    const savers = [startWorker(["save", base, `1 ${COUNT}`]), startWorker(["save", base, `2 ${COUNT}`])];
    const [deletions, saved] = await Promise.all([
      Promise.all(collectors.map(allLines)),
      Promise.all(savers.map(allLines)),
    ]);
    const deleted = deletions.flat().reduce((sum, line) => sum + Number(line), 0);
    const kept = new Set(saved.flat().map(Number));
    assert.equal(deleted + kept.size, COUNT);
    const expected = Array.from({ length: COUNT }, (_, i) => (kept.has(i) ? `member ${i}` : null));
    assert.deepEqual(await valuesOf(driver), expected);
    assert.deepEqual(readdirSync(join(base, "locks")), []);
    assert.deepEqual(readdirSync(join(base, "tmp")), []);
  });

  it("leaves complete values, and locks that others take over, when it is killed", LONG, async () => {
    const base = fresh();
    const driver = fs({ base });
    await seed(driver, COUNT);
    for (let kill = 0; kill < 8; kill++) {
      const collector = startWorker(["collect", base, "10"]);
      const saver = startWorker(["save", base, `${kill} ${COUNT}`]);
      await collector.lines.next();
      await new Promise((resume) => setTimeout(resume, kill));
      collector.process.kill("SIGKILL");
      await collector.ended;
      for (const i of await allLines(saver)) assert.equal(await driver.read(`k${i}`), `member ${i}`);
    }
    for (const [i, value] of (await valuesOf(driver)).entries())
      assert.ok(value === null || value === `guest ${i}` || value === `member ${i}`, `${value}`);
    await driver.deleteDue?.(COUNT, WHAT);
    // the keys that a dead process had locked are left to swaps
    for (const { key } of (await driver.due(COUNT, { limit: COUNT })).entries)
      assert.equal(await driver.swap(key, await driver.read(key), null), true);
    await driver.dispose();
    assert.deepEqual(readdirSync(join(base, "locks")), []);
    assert.deepEqual(
      readdirSync(join(base, "tmp")).filter((name) => name.endsWith(".gone")),
      [],
    );
  });

  it("does not wait for a lock, and leaves what is locked or cannot be read", async () => {
    const base = fresh();
    const driver = fs({ base });
    await seed(driver, 10);
    const lock = await acquire(openFiles(base), "k3", 1_000);
    const unreadable = join(base, dataPath("k5"));
    rmSync(unreadable);
    mkdirSync(unreadable);
    writeFileSync(join(base, dataPath("k7")), "damaged");
    assert.deepEqual(await driver.deleteDue?.(10, WHAT), { deleted: 7, cursor: null });
    assert.deepEqual(
      (await driver.due(10, { limit: 10 })).entries.map(({ key }) => key),
      ["k3", "k5", "k7"],
    );
    await lock.release();
    assert.deepEqual(await driver.deleteDue?.(10, WHAT), { deleted: 1, cursor: null });
  });

  it("removes the logs of what it deleted", async () => {
    const base = fresh();
    await seed(fs({ base }), 100);
    const past = Date.now() / 1_000 - 3_600;
    for (const log of readdirSync(join(base, "due/0"))) utimesSync(join(base, "due/0", log), past, past);
    const driver = fs({ base });
    const first = await driver.deleteDue?.(100, { ...WHAT, limit: 30 });
    assert.equal(first?.deleted, 30);
    assert.deepEqual(await driver.deleteDue?.(100, { ...WHAT, cursor: first?.cursor ?? null }), {
      deleted: 70,
      cursor: null,
    });
    assert.deepEqual(readdirSync(join(base, "due")), []);
  });

  it("needs neither a lock nor a temporary file where there is nothing to delete", async () => {
    const base = fresh();
    await fs({ base }).swap("k1", null, "member", 1);
    rmSync(join(base, "locks"), { recursive: true });
    rmSync(join(base, "tmp"), { recursive: true });
    assert.deepEqual(await fs({ base }).deleteDue?.(10, WHAT), { deleted: 0, cursor: null });
    assert.deepEqual(readdirSync(base).sort(), ["data", "due"]);
  });
});

describe("fs deleteDue that was stopped until its lock was taken over", () => {
  async function stopped(base: string, verdict: string, meanwhile: () => Promise<void>): Promise<string[]> {
    const worker = startInNamespace(["own", base, verdict]);
    assert.equal((await worker.lines.next()).value, "stalled");
    const then = Date.now() / 1_000 - 34;
    lutimesSync(join(base, "locks/k1"), then, then);
    await meanwhile();
    writeFileSync(join(base, "go"), "");
    return allLines(worker);
  }

  it("does not delete the value of its successor, nor any other after that", needsSpaces, async () => {
    const base = fresh();
    const driver = fs({ base });
    await seed(driver, 3);
    const lines = await stopped(base, "delete", async () => {
      assert.equal(await driver.swap("k1", "guest 1", "acknowledged", 1), true);
    });
    assert.deepEqual(lines, ["left", "left"]);
    assert.equal(await driver.read("k1"), "acknowledged");
    assert.equal(await driver.read("k2"), "guest 2");
    assert.equal(await driver.swap("k1", "acknowledged", "next"), true);
    assert.equal(await driver.swap("k2", "guest 2", "next"), true);
    assert.deepEqual(readdirSync(join(base, "locks")), []);
  });

  it("does not delete a value that was created again", needsSpaces, async () => {
    const base = fresh();
    const driver = fs({ base });
    await seed(driver, 3);
    const lines = await stopped(base, "delete", async () => {
      assert.equal(await driver.swap("k1", "guest 1", null), true);
      assert.equal(await driver.swap("k1", null, "anew"), true);
    });
    assert.deepEqual(lines, ["left", "left"]);
    assert.equal(await driver.read("k1"), "anew");
  });

  it("does not release the lock of its successor", needsSpaces, async () => {
    const base = fresh();
    await seed(fs({ base }), 3);
    let held: Awaited<ReturnType<typeof acquire>> | undefined;
    const lines = await stopped(base, "kept", async () => {
      held = await acquire(openFiles(base), "k1", 1_000);
    });
    assert.deepEqual(lines, ["kept", "left"]);
    await assert.rejects(acquire(openFiles(base), "k1", 50), { code: "locked" });
    held?.check();
    await held?.release();
    assert.deepEqual(readdirSync(join(base, "locks")), []);
  });
});
