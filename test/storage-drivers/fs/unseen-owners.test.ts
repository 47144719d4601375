/** Lock owners that are alive, but that other processes do not see in their process table. */
import assert from "node:assert/strict";
import { chmodSync, chownSync, lutimesSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { openFiles } from "../../../storage-drivers/fs/files.ts";
import { acquire } from "../../../storage-drivers/fs/lock.ts";
import { needs } from "../../support/needs.ts";
import { allLines, startWithBootId, startWithHiddenProcesses, type Worker } from "./workers/spawn.ts";

const UNPRIVILEGED_UID = 65_534;
const STALE_SECONDS = 34;

const root = mkdtempSync(join(tmpdir(), "anon-fs-unseen-"));
chmodSync(root, 0o755);
after(() => rmSync(root, { recursive: true, force: true }));
const LONG = { timeout: 300_000 };

/** A storage directory that the other user can use too. */
function fresh(): string {
  const base = mkdtempSync(join(root, "base-"));
  mkdirSync(join(base, "locks"));
  if (process.getuid?.() === 0)
    for (const path of [base, join(base, "locks")]) chownSync(path, UNPRIVILEGED_UID, UNPRIVILEGED_UID);
  return base;
}

/** Backdates the lock of "one", as if its owner had been stopped since then. */
function age(base: string): void {
  const then = Date.now() / 1_000 - STALE_SECONDS;
  lutimesSync(join(base, "locks/one"), then, then);
}

const bootId = join(root, "boot-id");
writeFileSync(bootId, "12345678-1234-4234-8234-123456789abc\n");

const privileged = process.platform === "linux" && process.getuid?.() === 0;
const tried = async (start: () => Worker): Promise<boolean> => privileged && (await allLines(start())).length > 0;
const ownBootId = await tried(() => startWithBootId(["seize", fresh(), "one"], bootId));
const hidden = await tried(() => startWithHiddenProcesses(["seize", fresh(), "one"], UNPRIVILEGED_UID));
const needsBootId = needs(ownBootId, "cannot set another boot id: unshare or mount failed", LONG);
const needsHiddenProcesses = needs(hidden, "cannot hide processes: unshare, mount or setpriv failed", LONG);

describe("fs locks of live owners that other processes cannot see", () => {
  it("stay with an owner in a container with another boot id until they are too old", needsBootId, async () => {
    const base = fresh();
    const owner = startWithBootId(["hold", base, "one"], bootId);
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

  it(
    "stay with an owner whose processes are hidden from another user until they are too old",
    needsHiddenProcesses,
    async () => {
      const base = fresh();
      const lock = await acquire(openFiles(base), "one", 50);
      assert.deepEqual(await allLines(startWithHiddenProcesses(["seize", base, "one"], UNPRIVILEGED_UID)), ["locked"]);
      age(base);
      assert.deepEqual(await allLines(startWithHiddenProcesses(["seize", base, "one"], UNPRIVILEGED_UID)), ["held"]);
      await lock.release();
    },
  );
});
