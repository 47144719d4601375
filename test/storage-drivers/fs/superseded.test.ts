/** Owners of locks that stand still between their last look at the clock and the change itself, and what the killed leave. */
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
import { allLines, startElsewhere, startWorker } from "./workers/spawn.ts";

const root = mkdtempSync(join(tmpdir(), "anon-fs-superseded-"));
after(() => rmSync(root, { recursive: true, force: true }));
const fresh = (): string => mkdtempSync(join(root, "base-"));
const LONG = { timeout: 300_000 };
const STOPPED_SECONDS = 34;

const tried = spawnSync("unshare", ["--pid", "--fork", "--mount-proc", "true"], { encoding: "utf8" });
const failure = tried.status === 0 ? null : (tried.error?.message ?? tried.stderr.trim());
const needsSpaces = needs(failure === null, `no process namespaces: unshare failed (${failure})`, LONG);

/** Makes a lock as old as if its owner had been stopped since. */
function age(base: string, name: string, seconds: number): void {
  const then = Date.now() / 1_000 - seconds;
  lutimesSync(join(base, "locks", name), then, then);
}

/** A process of another namespace that stands still right before the system call of its change, and how it ends. */
async function stalled(base: string, change: string, meanwhile: () => Promise<void>): Promise<string> {
  const worker = startElsewhere(["stall", base, change]);
  assert.equal((await worker.lines.next()).value, "stalled");
  age(base, "one", STOPPED_SECONDS);
  await meanwhile();
  writeFileSync(join(base, "go"), "");
  return (await allLines(worker)).join();
}

describe("fs owners that were superseded", () => {
  it("cannot undo the write of the one that took over by a late write", needsSpaces, async () => {
    const base = fresh();
    const driver = fs({ base });
    await driver.swap("one", null, "before", 1);
    const said = await stalled(base, "late", async () => {
      assert.equal(await driver.swap("one", "before", "acknowledged", 2), true);
    });
    assert.match(said, /^unavailable Cannot replace .* took its lock over/);
    assert.equal(await driver.read("one"), "acknowledged");
    assert.equal(await driver.swap("one", "acknowledged", "next", 3), true);
    assert.deepEqual(readdirSync(join(base, "locks")), []);
    // what stopped the late rename may be there still: Deno's unlink takes an empty directory too
    assert.deepEqual(
      readdirSync(join(base, "tmp")).filter((name) => !name.endsWith(".gone")),
      [],
    );
  });

  it("cannot remove the value of the one that took over by a late deletion", needsSpaces, async () => {
    const base = fresh();
    const driver = fs({ base });
    await driver.swap("one", null, "before", 1);
    const said = await stalled(base, "", async () => {
      assert.equal(await driver.swap("one", "before", "acknowledged", 2), true);
    });
    assert.match(said, /^unavailable Cannot remove .* took its lock over/);
    assert.equal(await driver.read("one"), "acknowledged");
    assert.deepEqual(readdirSync(join(base, "locks")), []);
  });

  it("cannot remove a value that was made anew, nor write over one", needsSpaces, async () => {
    for (const change of ["", "late"]) {
      const base = fresh();
      const driver = fs({ base });
      await driver.swap("one", null, "before");
      const said = await stalled(base, change, async () => {
        assert.equal(await driver.swap("one", "before", null), true);
        assert.equal(await driver.swap("one", null, "anew"), true);
      });
      assert.match(said, /^unavailable /);
      assert.equal(await driver.read("one"), "anew");
    }
  });

  it("cannot change anything when it is a killed successor that took over first", needsSpaces, async () => {
    for (const change of ["", "late"]) {
      const base = fresh();
      const driver = fs({ base });
      await driver.swap("one", null, "before");
      const said = await stalled(base, change, async () => {
        const successor = startWorker(["hold", base, "one"]);
        await successor.lines.next();
        successor.process.kill("SIGKILL");
        await successor.ended;
        assert.equal(await driver.swap("one", "before", "acknowledged"), true);
      });
      assert.match(said, /^unavailable /);
      assert.equal(await driver.read("one"), "acknowledged");
    }
  });

  it(
    "cannot remove the lock of the one that took over, nor one after that, by a late release",
    needsSpaces,
    async () => {
      for (const released of [0, 1, 2]) {
        const base = fresh();
        const driver = fs({ base });
        await driver.swap("one", null, "before");
        let lock: Lock | undefined;
        const said = await stalled(base, "released", async () => {
          for (let times = 0; times < released; times++) {
            assert.equal(await driver.swap("one", `${times || "released"}`, `${times + 1}`), true);
          }
          lock = await acquire(openFiles(base), "one", 1_000);
        });
        assert.equal(said, "true");
        await assert.rejects(acquire(openFiles(base), "one", 50), { code: "locked" });
        lock?.check();
        await lock?.release();
        assert.deepEqual(readdirSync(join(base, "locks")), []);
        assert.equal(await driver.read("one"), `${released || "released"}`);
      }
    },
  );

  it("have made their change when it came before the takeover", async () => {
    const base = fresh();
    const files = openFiles(base);
    const [written, deleted] = ["0123456789abcdef", "123456789abcdef0"];
    // as they stood when both were killed right after their rename
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
  it("removes the locks that killed processes left, and no other, from gc on", LONG, async () => {
    const base = fresh();
    const workers = Array.from({ length: 6 }, (_, i) => startWorker(["hold", base, `k${i}`]));
    for (const worker of workers) await worker.lines.next();
    const alive = workers.pop()!;
    for (const { process: child, ended } of workers) {
      child.kill("SIGKILL");
      await ended;
    }
    // one whose successor died too, and two of another container: one stopped for long, one a moment ago
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

  it("removes what was deleted only half at once, and the rest when no process can need it", async () => {
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

  it("makes nothing where there is no storage", async () => {
    const base = join(fresh(), "missing");
    const driver = fs({ base });
    await driver.due(0, { limit: 1 });
    await driver.dispose();
    assert.equal(existsSync(base), false);
  });
});
