import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fs, { type FsOptions } from "../../storage-drivers/fs/index.ts";
import { dataPath } from "../../storage-drivers/fs/names.ts";
import type { DriverError } from "../../storage-drivers/shared/driver-error.ts";
import { needs } from "../support/needs.ts";
import { allLines, startWorker } from "./fs-workers/spawn.ts";

const root = mkdtempSync(join(tmpdir(), "anon-fs-refusals-"));
after(() => rmSync(root, { recursive: true, force: true }));
const fresh = (): string => mkdtempSync(join(root, "base-"));
const LONG = { timeout: 300_000 };
const NOBODY = 65_534;

const refuses =
  (code: string, part = "") =>
  (error: DriverError) => {
    assert.equal(error.name, "DriverError");
    assert.equal(error.code, code);
    assert.ok(error.message.includes(part), error.message);
    return true;
  };

function mountSmallDisk(options: string): { mount: string; failure: string | null } {
  const mount = fresh();
  const made = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", mount], { encoding: "utf8" });
  return { mount, failure: made.status === 0 ? null : (made.error?.message ?? made.stderr.trim()) };
}

/** Runs `body` over a small tmpfs. */
async function onSmallDisk(options: string, body: (mount: string) => Promise<void>): Promise<void> {
  const { mount, failure } = mountSmallDisk(options);
  assert.equal(failure, null);
  try {
    await body(mount);
  } finally {
    spawnSync("umount", [mount]);
  }
}

const tried = mountSmallDisk("size=64k");
if (tried.failure === null) spawnSync("umount", [tried.mount]);
const needsDisk = needs(tried.failure === null, `no disk to fill: mount failed (${tried.failure})`, LONG);

// root may write everywhere, so another user tries
const privileged = process.getuid?.() === 0;
const ran = privileged ? await allLines(startWorker(["put", join(fresh(), "any"), "1"], NOBODY)) : [];
const needsUser = needs(!privileged || ran.length > 0, `uid ${NOBODY} cannot run this runtime`, LONG);

describe("fs refusals", () => {
  it("says that a disk is full, changes nothing, and goes on when there is room", needsDisk, () =>
    onSmallDisk("size=128k", async (base) => {
      const driver = fs({ base });
      await driver.swap("acc:users:small", null, "before", 1);
      const big = "x".repeat(200_000);
      await assert.rejects(driver.swap("acc:users:big", null, big, 2), refuses("full", "ENOSPC"));
      await assert.rejects(driver.swap("acc:users:small", "before", big, 3), refuses("full"));
      assert.equal(await driver.read("acc:users:small"), "before");
      assert.equal(await driver.read("acc:users:big"), null);
      assert.deepEqual((await driver.due(9, { limit: 9 })).entries, [{ key: "acc:users:small", due: 1 }]);
      assert.equal(await driver.swap("acc:users:big", null, "fits", 4), true);
      assert.equal((await driver.due(9, { limit: 9 })).entries.length, 2);
    }),
  );

  it("says that a disk is read-only, and still reads", needsDisk, () =>
    onSmallDisk("size=1m", async (base) => {
      const driver = fs({ base });
      await driver.swap("one", null, "x", 1);
      assert.equal(spawnSync("mount", ["-o", "remount,ro", base]).status, 0);
      await assert.rejects(driver.swap("two", null, "x", 1), refuses("denied", "EROFS"));
      await assert.rejects(driver.swap("one", "x", "y"), refuses("denied"));
      assert.equal(await driver.read("one"), "x");
      assert.equal((await driver.due(9, { limit: 9 })).entries.length, 1);
    }),
  );

  it("says that permissions are missing", needsUser, async () => {
    const base = fresh();
    chmodSync(root, 0o755);
    chmodSync(base, 0o555);
    if (privileged) {
      const lines = await allLines(startWorker(["put", base, "10"], NOBODY));
      assert.match(lines[0] ?? "", /^denied Cannot .*EACCES/);
    } else {
      await assert.rejects(fs({ base }).swap("one", null, "x"), refuses("denied", "EACCES"));
    }
    chmodSync(base, 0o755);
  });

  it("keeps what it makes from other users", async () => {
    const base = join(fresh(), "made");
    await fs({ base }).swap("one", null, "x", 1);
    assert.equal(statSync(base).mode & 0o777, 0o700);
    assert.equal(statSync(join(base, dataPath("one"))).mode & 0o777, 0o600);
  });

  it("names the key of a damaged file, and never takes it for absent", async () => {
    const base = fresh();
    const driver = fs({ base });
    await driver.swap("one", null, "x", 1);
    writeFileSync(join(base, dataPath("one")), "");
    await assert.rejects(driver.read("one"), refuses("corrupt", '"one"'));
    await assert.rejects(driver.swap("one", "x", "y"), refuses("corrupt"));
    assert.equal(await driver.swap("one", null, "y"), false);
    assert.deepEqual((await driver.due(9, { limit: 9 })).entries, [{ key: "one", due: 1 }]);
    await driver.setItem?.("one", "mended", {});
    assert.equal(await driver.read("one"), "mended");
  });

  it("refuses a base that is a file, and a reader makes nothing", async () => {
    const base = join(fresh(), "file");
    const driver = fs({ base });
    assert.equal(await driver.read("one"), null);
    assert.deepEqual(await driver.due(9, { limit: 9 }), { entries: [], cursor: null });
    assert.deepEqual(await driver.getKeys("", {}), []);
    writeFileSync(base, "");
    await assert.rejects(driver.read("one"), refuses("unavailable", "ENOTDIR"));
    await assert.rejects(driver.swap("one", null, "x"), refuses("unavailable"));
  });

  it("refuses options that make no sense", () => {
    const wrong = [{ base: "" }, { durability: "maybe" }, { lockTimeout: -1 }, { lockTimeout: Number.NaN }];
    for (const options of wrong) assert.throws(() => fs(options as FsOptions), refuses("invalid_option"));
  });

  it("judges a garbled lock by its age", async () => {
    const base = fresh();
    const driver = fs({ base, lockTimeout: 100 });
    await driver.swap("one", null, "x");
    mkdirSync(join(base, "locks"), { recursive: true });
    writeFileSync(join(base, "locks/one"), "");
    await assert.rejects(driver.swap("one", "x", "y"), refuses("locked", "locks/one"));
    const past = Date.now() / 1000 - 60;
    utimesSync(join(base, "locks/one"), past, past);
    assert.equal(await driver.swap("one", "x", "y"), true);
  });

  it("writes the same with every durability", async () => {
    for (const durability of ["disk", "registered", "os"] as const) {
      const driver = fs({ base: fresh(), durability });
      assert.equal(await driver.swap("one", null, "x", 1, { durable: true }), true);
      assert.equal(await driver.swap("one", "x", "y", 2, { durable: true }), true);
      assert.deepEqual((await driver.due(9, { limit: 9 })).entries, [{ key: "one", due: 2 }]);
      assert.equal(await driver.swap("one", "y", null, null, { durable: true }), true);
    }
  });
});
