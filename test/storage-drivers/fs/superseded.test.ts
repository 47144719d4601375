/** Lock owners that are stopped between their last check of the time and the change, and the files of killed processes. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { openFiles } from "../../../storage-drivers/fs/files.ts";
import fs from "../../../storage-drivers/fs/index.ts";
import { acquire, type Lock } from "../../../storage-drivers/fs/lock.ts";
import { dataPath } from "../../../storage-drivers/fs/names.ts";
import { formatOwner, type Owner, parseOwner } from "../../../storage-drivers/fs/owner.ts";
import { needs } from "../../support/needs.ts";
import { allLines, startInNamespace, startWorker } from "./workers/spawn.ts";

const root = mkdtempSync(join(tmpdir(), "anon-fs-superseded-"));
after(() => rmSync(root, { recursive: true, force: true }));
const fresh = (): string => mkdtempSync(join(root, "base-"));
const LONG = { timeout: 300_000 };
const STOPPED_SECONDS = 34;

const tried = spawnSync("unshare", ["--pid", "--fork", "--mount-proc", "true"], { encoding: "utf8" });
const failure = tried.status === 0 ? null : (tried.error?.message ?? tried.stderr.trim());
const needsSpaces = needs(failure === null, `no process namespaces: unshare failed (${failure})`, LONG);

/** Backdates a lock, as if its owner had been stopped since then. */
function age(base: string, name: string, seconds: number): void {
  const then = Date.now() / 1_000 - seconds;
  lutimesSync(join(base, "locks", name), then, then);
}

/** Runs a process of another namespace that stops right before the system call of its change; returns what it prints. */
async function stopDuring(base: string, change: string, meanwhile: () => Promise<void>): Promise<string> {
  const worker = startInNamespace(["stall", base, change]);
  assert.equal((await worker.lines.next()).value, "stalled");
  age(base, "one", STOPPED_SECONDS);
  await meanwhile();
  writeFileSync(join(base, "go"), "");
  return (await allLines(worker)).join();
}

describe("fs lock owners that were superseded", () => {
  it("cannot overwrite the value of their successor with a late write", needsSpaces, async () => {
    const base = fresh();
    const driver = fs({ base });
    await driver.swap("one", null, "before", 1);
    const output = await stopDuring(base, "late", async () => {
      assert.equal(await driver.swap("one", "before", "acknowledged", 2), true);
    });
    assert.match(output, /^unavailable Cannot replace .* took its lock over/);
    assert.equal(await driver.read("one"), "acknowledged");
    assert.equal(await driver.swap("one", "acknowledged", "next", 3), true);
    assert.deepEqual(readdirSync(join(base, "locks")), []);
    // the directory that blocked the late rename may remain: Deno's unlink also removes an empty directory
    assert.deepEqual(
      readdirSync(join(base, "tmp")).filter((name) => !name.endsWith(".gone")),
      [],
    );
  });

  it("cannot remove the value of their successor with a late deletion", needsSpaces, async () => {
    const base = fresh();
    const driver = fs({ base });
    await driver.swap("one", null, "before", 1);
    const output = await stopDuring(base, "", async () => {
      assert.equal(await driver.swap("one", "before", "acknowledged", 2), true);
    });
    assert.match(output, /^unavailable Cannot remove .* took its lock over/);
    assert.equal(await driver.read("one"), "acknowledged");
    assert.deepEqual(readdirSync(join(base, "locks")), []);
  });

  it("cannot remove or overwrite a value that was created again", needsSpaces, async () => {
    for (const change of ["", "late"]) {
      const base = fresh();
      const driver = fs({ base });
      await driver.swap("one", null, "before");
      const output = await stopDuring(base, change, async () => {
        assert.equal(await driver.swap("one", "before", null), true);
        assert.equal(await driver.swap("one", null, "anew"), true);
      });
      assert.match(output, /^unavailable /);
      assert.equal(await driver.read("one"), "anew");
    }
  });

  it("cannot change a value after a successor took over and was killed", needsSpaces, async () => {
    for (const change of ["", "late"]) {
      const base = fresh();
      const driver = fs({ base });
      await driver.swap("one", null, "before");
      const output = await stopDuring(base, change, async () => {
        const successor = startWorker(["hold", base, "one"]);
        await successor.lines.next();
        successor.process.kill("SIGKILL");
        await successor.ended;
        assert.equal(await driver.swap("one", "before", "acknowledged"), true);
      });
      assert.match(output, /^unavailable /);
      assert.equal(await driver.read("one"), "acknowledged");
    }
  });

  it("cannot remove the lock of any successor with a late release", needsSpaces, async () => {
    for (const released of [0, 1, 2]) {
      const base = fresh();
      const driver = fs({ base });
      await driver.swap("one", null, "before");
      let lock: Lock | undefined;
      const output = await stopDuring(base, "released", async () => {
        for (let times = 0; times < released; times++) {
          assert.equal(await driver.swap("one", `${times || "released"}`, `${times + 1}`), true);
        }
        lock = await acquire(openFiles(base), "one", 1_000);
      });
      assert.equal(output, "true");
      await assert.rejects(acquire(openFiles(base), "one", 50), { code: "locked" });
      lock?.check();
      await lock?.release();
      assert.deepEqual(readdirSync(join(base, "locks")), []);
      assert.equal(await driver.read("one"), `${released || "released"}`);
    }
  });

  it("keep a change that they made before the takeover", async () => {
    const base = fresh();
    const files = openFiles(base);
    const [written, deleted] = ["0123456789abcdef", "123456789abcdef0"];
    // the state after both were killed right after their rename
    await files.claim("locks/one", formatOwner(foreign(written, false)));
    await files.claim("locks/two", formatOwner(foreign(deleted, true)));
    await files.temporary("anon1 -\nchanged", false, written);
    await files.replace(`tmp/${written}`, dataPath("one"));
    await files.temporary("anon1 -\ngone", false, `${deleted}.gone`);
    age(base, "one", STOPPED_SECONDS);
    age(base, "two", STOPPED_SECONDS);
    const driver = fs({ base });
    assert.equal(await driver.swap("one", "changed", "again"), true);
    await driver.setItem?.("two", "new", {});
    assert.equal(await driver.read("two"), "new");
    assert.ok(lstatSync(join(base, `tmp/${deleted}.gone`)).isDirectory());
  });
});

function foreign(token: string, deletes: boolean): Owner {
  return { token, deletes, pid: 7, start: "1", boot: null, space: "1" };
}

describe("fs sweep", () => {
  it("removes the locks of killed processes, and no others, when the due queue is read", LONG, async () => {
    const base = fresh();
    const workers = Array.from({ length: 6 }, (_, i) => startWorker(["hold", base, `k${i}`]));
    for (const worker of workers) await worker.lines.next();
    const alive = workers.pop()!;
    for (const { process: child, ended } of workers) {
      child.kill("SIGKILL");
      await ended;
    }
    // a lock whose successor died too, and two locks of another container: an old one and a new one
    const { token } = parseOwner(readlinkSync(join(base, "locks/k0"))) as Owner;
    symlinkSync(readlinkSync(join(base, "locks/k1")), join(base, `locks/k0.${token}`));
    for (const name of ["old", "new"]) {
      symlinkSync(formatOwner(foreign("0123456789abcdef", true)), join(base, "locks", name));
    }
    age(base, "old", STOPPED_SECONDS);
    const driver = fs({ base });
    assert.deepEqual((await driver.due(0, { limit: 1 })).entries, []);
    await driver.dispose();
    assert.deepEqual(readdirSync(join(base, "locks")).sort(), ["k5", "new"]);
    alive.process.kill("SIGKILL");
    await alive.ended;
    const next = fs({ base });
    await next.due(0, { limit: 1 });
    await next.dispose();
    assert.deepEqual(readdirSync(join(base, "locks")), ["new"]);
  });

  it("removes half-deleted files at once, and other leftovers when no process can need them", async () => {
    const base = fresh();
    mkdirSync(join(base, "tmp"));
    const long = Date.now() / 1_000 - 3_600 * 24 * 10_000;
    for (const [name, isOld, isDirectory] of [
      ["0000000000000000.gone", false, false],
      ["1111111111111111.gone", false, true],
      ["2222222222222222.gone", true, true],
      ["3333333333333333", false, false],
      ["4444444444444444", true, false],
      ["5555555555555555.7", true, false],
    ] as const) {
      const path = join(base, "tmp", name);
      if (isDirectory) mkdirSync(path);
      else writeFileSync(path, "anon1 -\nx");
      if (isOld) utimesSync(path, long, long);
    }
    symlinkSync(formatOwner(foreign("6666666666666666", false)), join(base, "tmp/6666666666666666.gone"));
    const driver = fs({ base });
    await driver.due(0, { limit: 1 });
    await driver.dispose();
    assert.deepEqual(readdirSync(join(base, "tmp")).sort(), ["1111111111111111.gone", "3333333333333333"]);
  });

  it("creates nothing where there is no storage", async () => {
    const base = join(fresh(), "missing");
    const driver = fs({ base });
    await driver.due(0, { limit: 1 });
    await driver.dispose();
    assert.equal(existsSync(base), false);
  });
});
