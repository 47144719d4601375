import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { openDueLog } from "../../../storage-drivers/fs/due-log.ts";
import { openFiles } from "../../../storage-drivers/fs/files.ts";
import fs, { type FsOptions } from "../../../storage-drivers/fs/index.ts";
import { dataPath, encodeKey } from "../../../storage-drivers/fs/names.ts";
import { formatOwner } from "../../../storage-drivers/fs/owner.ts";
import { openStore } from "../../../storage-drivers/fs/store.ts";
import { checkKey } from "../../../storage-drivers/redis/text.ts";
import type { DriverError } from "../../../storage-drivers/shared/driver-error.ts";
import { encodeKey as encodeAdapterKey } from "../../../storage-drivers/shared/envelope.ts";
import { needs } from "../../support/needs.ts";
import { needsDisk, onSmallDisk } from "../../support/small-disk.ts";
import { allLines, startWorker } from "./workers/spawn.ts";

const root = mkdtempSync(join(tmpdir(), "anon-fs-refusals-"));
after(() => rmSync(root, { recursive: true, force: true }));
const fresh = (): string => mkdtempSync(join(root, "base-"));
const LONG = { timeout: 300_000 };
const UNPRIVILEGED_UID = 65_534;

const refuses =
  (code: string, part = "") =>
  (error: DriverError) => {
    assert.equal(error.name, "DriverError");
    assert.equal(error.code, code);
    assert.ok(error.message.includes(part), error.message);
    return true;
  };

// root may write everywhere, so another user runs these
const privileged = process.getuid?.() === 0;
const ran = privileged ? await allLines(startWorker(["put", join(fresh(), "any"), "1"], UNPRIVILEGED_UID)) : [];
const needsUser = needs(!privileged || ran.length > 0, `uid ${UNPRIVILEGED_UID} cannot run this runtime`, LONG);

/** The fastest of five runs, in milliseconds. */
function fastest(task: () => unknown): number {
  const runs = Array.from({ length: 5 }, () => {
    const started = performance.now();
    task();
    return performance.now() - started;
  });
  return Math.min(...runs);
}

/** The result of reading "one", in the worker's format. */
const outcome = (base: string): Promise<string> =>
  fs({ base })
    .read("one")
    .then(String, ({ code, message }: DriverError) => `${code} ${message}`);

describe("fs refusals", () => {
  it("reports a full disk, changes nothing, and writes again when there is room", needsDisk, () =>
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

  it("reports that no inodes are left, and creates again when some are free", needsDisk, () =>
    onSmallDisk("size=1m,nr_inodes=24", async (base) => {
      const driver = fs({ base });
      let created = 0;
      const create = async (): Promise<void> => {
        for (; created < 24; created++) await driver.swap(`k${created}`, null, "x");
      };
      await assert.rejects(create, refuses("full", "no space (inodes)"));
      assert.ok(created > 0);
      const name = encodeKey("first");
      await assert.rejects(driver.swap("first", null, "x", 1), refuses("full", "no space (inodes)"));
      assert.equal(await driver.read("first"), null);
      assert.equal(readdirSync(join(base, "data")).includes(dataPath(name).slice(5, 7)), false);
      for (let gone = 0; gone < created; gone++) rmSync(join(base, dataPath(`k${gone}`)));
      assert.equal(await driver.swap("first", null, "x", 1), true);
    }),
  );

  it("reports at the first write that the file system has no hard links", async () => {
    for (const code of ["EPERM", "EOPNOTSUPP", "ENOSYS"]) {
      const base = fresh();
      const files = openFiles(base, {
        link: () => Promise.reject(Object.assign(new Error(`${code}: link`), { code })),
      });
      const store = openStore(files, openDueLog(files), "registered", 1_000);
      await assert.rejects(store.swap("one", "one", null, "x", 1, false), refuses("unavailable", "no hard links"));
      assert.deepEqual(readdirSync(join(base, "tmp")), []);
    }
  });

  it("reports a read-only disk on writes, and still reads", needsDisk, () =>
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

  it("reports missing permissions", needsUser, async () => {
    const base = fresh();
    chmodSync(root, 0o755);
    chmodSync(base, 0o555);
    if (privileged) {
      const lines = await allLines(startWorker(["put", base, "10"], UNPRIVILEGED_UID));
      assert.match(lines[0] ?? "", /^denied Cannot .*EACCES/);
    } else {
      await assert.rejects(fs({ base }).swap("one", null, "x"), refuses("denied", "EACCES"));
    }
    chmodSync(base, 0o755);
  });

  it("reports one unreadable file as corrupt, and an inaccessible base as denied", needsUser, async () => {
    const base = fresh();
    const driver = fs({ base });
    await driver.swap("one", null, "x", 1);
    const path = join(base, dataPath("one"));
    chmodSync(root, 0o755);
    if (privileged) {
      for (const name of ["", ...(readdirSync(base, { recursive: true }) as string[])]) {
        chownSync(join(base, name), UNPRIVILEGED_UID, UNPRIVILEGED_UID);
      }
    }
    chmodSync(path, 0);
    const [line] = privileged
      ? await allLines(startWorker(["get", base, "one"], UNPRIVILEGED_UID))
      : [await outcome(base)];
    assert.match(line ?? "", /^corrupt Cannot read data.*EACCES/);
    chmodSync(join(base, "data"), 0);
    const [denied] = privileged
      ? await allLines(startWorker(["get", base, "one"], UNPRIVILEGED_UID))
      : [await outcome(base)];
    assert.match(denied ?? "", /^denied Cannot .*EACCES/);
    chmodSync(join(base, "data"), 0o700);
  });

  it("creates files and directories that other users cannot access", async () => {
    const base = join(fresh(), "made");
    await fs({ base }).swap("one", null, "x", 1);
    assert.equal(statSync(base).mode & 0o777, 0o700);
    assert.equal(statSync(join(base, dataPath("one"))).mode & 0o777, 0o600);
  });

  it("names the key of a damaged file, and never treats the key as absent", async () => {
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

  it("refuses a key of 400 KB without encoding it", () => {
    const key = "é".repeat(400_000);
    const linear = fastest(() => Buffer.from(key));
    for (const encode of [encodeKey, encodeAdapterKey, checkKey]) {
      assert.throws(() => encode(key), refuses("invalid_key"));
      const refusal = fastest(() => assert.throws(() => encode(key)));
      assert.ok(refusal < linear * 10 + 1, `${refusal} ms, where copying the key takes ${linear}`);
    }
  });

  it("refuses a base that is a file, and creates nothing on reads", async () => {
    const base = join(fresh(), "file");
    const driver = fs({ base });
    assert.equal(await driver.read("one"), null);
    assert.deepEqual(await driver.due(9, { limit: 9 }), { entries: [], cursor: null });
    assert.deepEqual(await driver.getKeys("", {}), []);
    writeFileSync(base, "");
    await assert.rejects(driver.read("one"), refuses("unavailable", "ENOTDIR"));
    await assert.rejects(driver.swap("one", null, "x"), refuses("unavailable"));
  });

  it("refuses invalid options", () => {
    const wrong = [{ base: "" }, { durability: "maybe" }, { lockTimeout: -1 }, { lockTimeout: Number.NaN }];
    for (const options of wrong) assert.throws(() => fs(options as FsOptions), refuses("invalid_option"));
  });

  it("takes over an unreadable lock only when it is old", async () => {
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

  it("takes over a lock whose time is in the future", async () => {
    const base = fresh();
    const driver = fs({ base, lockTimeout: 100 });
    await driver.swap("one", null, "x");
    mkdirSync(join(base, "locks"), { recursive: true });
    const elsewhere = { token: "0123456789abcdef", deletes: false, pid: 7, start: "1", boot: null, space: "1" };
    const tomorrow = Date.now() / 1000 + 86_400;
    for (const [text, from, to] of [
      ["", "x", "y"],
      [formatOwner(elsewhere), "y", "z"],
    ] as const) {
      writeFileSync(join(base, "locks/one"), text);
      utimesSync(join(base, "locks/one"), tomorrow, tomorrow);
      assert.equal(await driver.swap("one", from, to), true);
    }
  });

  it("stores the same data with every durability", async () => {
    for (const durability of ["disk", "registered", "os"] as const) {
      const driver = fs({ base: fresh(), durability });
      assert.equal(await driver.swap("one", null, "x", 1, { durable: true }), true);
      assert.equal(await driver.swap("one", "x", "y", 2, { durable: true }), true);
      assert.deepEqual((await driver.due(9, { limit: 9 })).entries, [{ key: "one", due: 2 }]);
      assert.equal(await driver.swap("one", "y", null, null, { durable: true }), true);
    }
  });
});
