/** Owners of locks that live, although the process table of another process does not show them. */
import assert from "node:assert/strict";
import { chmodSync, chownSync, lutimesSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { openFiles } from "../../../storage-drivers/fs/files.ts";
import { acquire } from "../../../storage-drivers/fs/lock.ts";
import { needs } from "../../support/needs.ts";
import { allLines, startBlind, startBooted, type Worker } from "./workers/spawn.ts";

const NOBODY = 65_534;
const STALE_SECONDS = 34;

const root = mkdtempSync(join(tmpdir(), "anon-fs-unseen-"));
chmodSync(root, 0o755);
after(() => rmSync(root, { recursive: true, force: true }));
const LONG = { timeout: 300_000 };

/** A storage that another user may use too. */
function fresh(): string {
  const base = mkdtempSync(join(root, "base-"));
  mkdirSync(join(base, "locks"));
  if (process.getuid?.() === 0) for (const path of [base, join(base, "locks")]) chownSync(path, NOBODY, NOBODY);
  return base;
}

/** Makes the lock of "one" as old as if its owner had stood still since. */
function age(base: string): void {
  const then = Date.now() / 1_000 - STALE_SECONDS;
  lutimesSync(join(base, "locks/one"), then, then);
}

const bootId = join(root, "boot-id");
writeFileSync(bootId, "12345678-1234-4234-8234-123456789abc\n");

const privileged = process.platform === "linux" && process.getuid?.() === 0;
const tried = async (start: () => Worker): Promise<boolean> => privileged && (await allLines(start())).length > 0;
const booted = await tried(() => startBooted(["seize", fresh(), "one"], bootId));
const blind = await tried(() => startBlind(["seize", fresh(), "one"], NOBODY));
const needsBooted = needs(booted, "no boot id of one's own: unshare or mount failed", LONG);
const needsBlind = needs(blind, "no hidden processes: unshare, mount or setpriv failed", LONG);

describe("fs locks of owners that live and are not shown", () => {
  it("are theirs in a container with a boot id of its own, until they are too old", needsBooted, async () => {
    const base = fresh();
    const owner = startBooted(["hold", base, "one"], bootId);
    try {
      assert.equal((await owner.lines.next()).value, "held");
      await assert.rejects(acquire(openFiles(base), "one", 50), { code: "locked" });
      age(base);
      const lock = await acquire(openFiles(base), "one", 50);
      await lock.release();
    } finally {
      owner.process.kill("SIGKILL");
      await owner.ended;
    }
  });

  it("are theirs when another user sees no process of theirs, until they are too old", needsBlind, async () => {
    const base = fresh();
    const lock = await acquire(openFiles(base), "one", 50);
    assert.deepEqual(await allLines(startBlind(["seize", base, "one"], NOBODY)), ["locked"]);
    age(base);
    assert.deepEqual(await allLines(startBlind(["seize", base, "one"], NOBODY)), ["held"]);
    await lock.release();
  });
});
