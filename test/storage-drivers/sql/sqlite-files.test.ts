/** What is wrong with the file or its disk. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import type { DriverError, DriverErrorCode } from "../../../storage-drivers/shared/driver-error.ts";
import sql from "../../../storage-drivers/sql/index.ts";
import { needs } from "../../support/needs.ts";
import { commandOf, startWorker } from "../../support/processes.ts";
import { fill, needsDisk, onSmallDisk } from "../../support/small-disk.ts";
import { connect, newDirectory, newFile, removeFiles } from "../../support/sqlite.ts";

after(removeFiles);

const open = (path: string): AtomicDriver => sql({ url: `sqlite:${path}` });

async function withKeys(path: string, count: number): Promise<void> {
  const driver = open(path);
  const value = "v".repeat(500);
  await Promise.all(Array.from({ length: count }, (_, i) => driver.swap(`key:${i}`, null, value)));
  await driver.dispose();
}

function refusal(code: DriverErrorCode, part: string): (error: DriverError) => boolean {
  return (error) => {
    assert.equal(error.name, "DriverError");
    assert.equal(error.code, code, error.message);
    assert.ok(error.message.includes(part), error.message);
    return true;
  };
}

/** Expects that calls of every kind reject with this error. */
async function refusesAll(path: string, code: DriverErrorCode, part: string): Promise<void> {
  const driver = open(path);
  const expected = refusal(code, part);
  await assert.rejects(driver.read("key:0"), expected);
  await assert.rejects(driver.due(1, { limit: 1 }), expected);
  await assert.rejects(driver.keys("")[Symbol.asyncIterator]().next(), expected);
  await assert.rejects(driver.swap("new", null, "a"), expected);
  await driver.dispose();
}

describe("sql on a path of SQLite", () => {
  it("makes no file for reads", async () => {
    const path = newFile();
    const driver = open(path);
    assert.equal(await driver.read("one"), null);
    assert.deepEqual(await driver.readMany?.(["one", "two"]), [null, null]);
    assert.deepEqual(await driver.dueTimes?.(["one"]), [null]);
    assert.deepEqual(await driver.due(1, { limit: 1 }), { entries: [], cursor: null });
    assert.deepEqual(await driver.getKeys("", {}), []);
    assert.equal(await driver.swap("one", null, null), true);
    assert.deepEqual(readdirSync(dirname(path)), []);
    await driver.swap("one", null, "a");
    assert.equal(await driver.read("one"), "a");
    await driver.dispose();
  });

  it("makes no table in a database of another application for reads", async () => {
    const path = newFile();
    const { exec, all } = await connect(path);
    exec("CREATE TABLE theirs (id INTEGER)");
    const driver = open(path);
    assert.equal(await driver.read("one"), null);
    assert.deepEqual(await driver.getKeys("", {}), []);
    await driver.dispose();
    assert.deepEqual(
      all("SELECT name FROM sqlite_master").map(({ name }) => name),
      ["theirs"],
    );
    assert.equal(all("PRAGMA journal_mode")[0]?.journal_mode, "delete");
  });

  it("lets only its owner read the database and the files of WAL", async () => {
    const before = process.umask(0o022);
    try {
      const path = newFile();
      const driver = open(path);
      await driver.swap("one", null, "a");
      for (const ending of ["", "-wal", "-shm"]) assert.equal(statSync(path + ending).mode & 0o777, 0o600, ending);
      await driver.dispose();
    } finally {
      process.umask(before);
    }
  });

  it("refuses to write where there is no directory, and makes none", async () => {
    const directory = join(newDirectory(), "missing");
    const driver = open(join(directory, "accounts.db"));
    assert.equal(await driver.read("one"), null);
    await assert.rejects(
      driver.swap("one", null, "a"),
      refusal("unavailable", `there is no directory ${directory}, create it`),
    );
    assert.equal(existsSync(directory), false);
    await driver.dispose();
  });

  it("refuses a directory in its place", () => refusesAll(newDirectory(), "unavailable", "SQLITE_CANTOPEN"));

  it("refuses a file that is no database, and leaves it as it is", async () => {
    for (const text of ["not SQLite", "not SQLite\n".repeat(1_000)]) {
      const path = newFile();
      writeFileSync(path, text);
      await refusesAll(path, "corrupt", "the file is not a SQLite database, name another one");
      assert.equal(readFileSync(path, "utf8"), text);
    }
  });

  it("uses an empty file", async () => {
    const path = newFile();
    writeFileSync(path, "");
    const driver = open(path);
    assert.equal(await driver.read("one"), null);
    assert.equal(await driver.swap("one", null, "a"), true);
    await driver.dispose();
  });

  it("refuses a file that was cut off", async () => {
    const path = newFile();
    await withKeys(path, 400);
    truncateSync(path, 8_192);
    await refusesAll(path, "corrupt", "the file is damaged, restore a backup");
  });

  it("reports a damaged page when it is read, and no key as missing", async () => {
    const path = newFile();
    await withKeys(path, 400);
    // all but the first pages, which hold the schema
    const file = openSync(path, "r+");
    const size = statSync(path).size;
    writeSync(file, Buffer.alloc(size - 32_768, 7), 0, size - 32_768, 32_768);
    closeSync(file);
    const driver = open(path);
    const outcomes = await Promise.allSettled(Array.from({ length: 400 }, (_, i) => driver.read(`key:${i}`)));
    let failed = 0;
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") {
        failed++;
        assert.ok(refusal("corrupt", "the file is damaged, restore a backup")(outcome.reason));
      } else assert.equal(outcome.value, "v".repeat(500));
    }
    assert.ok(failed > 0);
    await driver.dispose();
  });

  for (const [how, change] of [
    ["was deleted", (path: string) => rmSync(path)],
    [
      "was replaced by a backup",
      (path: string) => {
        renameSync(path, `${path}.old`);
        writeFileSync(path, readFileSync(`${path}.old`));
      },
    ],
  ] as const) {
    it(`acknowledges no write after its file ${how}`, async () => {
      const path = newFile();
      const driver = open(path);
      await driver.swap("one", null, "a");
      change(path);
      const expected = refusal("unavailable", "the file was deleted or replaced, restart this process");
      await assert.rejects(driver.swap("one", "a", "b"), expected);
      await assert.rejects(driver.setItem?.("two", "a", {}) as Promise<void>, expected);
      await driver.dispose();
    });
  }

  it("follows its file when the process changes its directory", async () => {
    const directory = newDirectory();
    // in a process of its own, because tests of other files share this one
    const worker = startWorker(new URL("../../support/workers/change-directory.ts", import.meta.url), [
      directory,
      newDirectory(),
    ]);
    assert.equal(await worker.next(), true);
    assert.equal(await worker.ended, 0);
    const driver = open(join(directory, "accounts.db"));
    assert.equal(await driver.read("one"), "b");
    await driver.dispose();
  });
});

describe("sql on a disk", () => {
  it("that is full refuses writes, reads on, keeps everything, and writes again when there is room", needsDisk, () =>
    onSmallDisk("size=2m", async (disk) => {
      const driver = open(join(disk, "accounts.db"));
      await driver.swap("one", null, "a", 1);
      fill(disk);
      const big = "x".repeat(100_000);
      const expected = refusal("full", "the disk or the database is full, make room");
      // those of one transaction
      const writes = [driver.swap("one", "a", "b", 2), driver.swap("two", null, big, 3), driver.swap("one", "a", null)];
      for (const write of writes) await assert.rejects(write, expected);
      assert.equal(await driver.read("one"), "a");
      assert.deepEqual(await driver.due(9, { limit: 9 }), { entries: [{ key: "one", due: 1 }], cursor: null });
      rmSync(join(disk, "filling"));
      assert.equal(await driver.swap("two", null, big, 3), true);
      assert.equal(await driver.swap("one", "a", "b", 2), true);
      await driver.dispose();
    }),
  );

  it("that is full at first use refuses writes until there is room", needsDisk, () =>
    onSmallDisk("size=2m", async (disk) => {
      fill(disk);
      const driver = open(join(disk, "accounts.db"));
      await assert.rejects(driver.swap("one", null, "a"), refusal("full", "make room"));
      assert.equal(await driver.read("one"), null);
      rmSync(join(disk, "filling"));
      assert.equal(await driver.swap("one", null, "a"), true);
      await driver.dispose();
    }),
  );

  it("that is read-only makes no file", needsDisk, () =>
    onSmallDisk("size=2m", async (disk) => {
      assert.equal(spawnSync("mount", ["-o", "remount,ro", disk]).status, 0);
      const driver = open(join(disk, "accounts.db"));
      assert.equal(await driver.read("one"), null);
      await assert.rejects(driver.swap("one", null, "a"), refusal("denied", "EROFS"));
      await driver.dispose();
    }),
  );
});

// root may write everywhere, so another user runs these
const UNPRIVILEGED_UID = 65_534;
const asRoot = process.getuid?.() === 0;

/** What a user without special rights gets from a read and a write, in a process of its own; `null` if it cannot run. */
function outcomes(path: string): { read: string; write: string } | null {
  const [command, args] = commandOf(fileURLToPath(new URL("./workers/sqlite.ts", import.meta.url)));
  const { stdout } = spawnSync(command, [...args, JSON.stringify({ role: "attempt", path })], {
    encoding: "utf8",
    ...(asRoot && { uid: UNPRIVILEGED_UID }),
  });
  return stdout ? JSON.parse(stdout) : null;
}

/** A file that the directories above let everybody reach. */
async function reachableFile(): Promise<string> {
  const path = newFile();
  chmodSync(dirname(dirname(path)), 0o755);
  chmodSync(dirname(path), 0o755);
  await withKeys(path, 1);
  return path;
}

describe("sql without rights", { timeout: 300_000 }, () => {
  const needsUser = needs(!asRoot || outcomes(newFile()) !== null, `uid ${UNPRIVILEGED_UID} cannot run this runtime`);

  for (const [what, directory, file, read, write] of [
    ["a file in a read-only directory", 0o555, 0o666, "denied", "denied"],
    ["a read-only file", 0o777, 0o444, "found", "denied"],
    ["a read-only file in a read-only directory", 0o555, 0o444, "denied", "denied"],
    ["a file without any right", 0o777, 0o000, "denied", "denied"],
  ] as const) {
    it(`on ${what}: a read is ${read}, a write is ${write}`, needsUser, async () => {
      const path = await reachableFile();
      chmodSync(path, file);
      chmodSync(dirname(path), directory);
      assert.deepEqual(outcomes(path), { read, write });
      chmodSync(dirname(path), 0o755);
    });
  }

  it("on a directory: a new file is denied", needsUser, async () => {
    const path = await reachableFile();
    chmodSync(dirname(path), 0o555);
    assert.deepEqual(outcomes(join(dirname(path), "new.db")), { read: "missing", write: "denied" });
    chmodSync(dirname(path), 0o755);
  });
});
