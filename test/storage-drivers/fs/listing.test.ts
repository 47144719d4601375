/** Listings during writes: on btrfs a rename can move an entry out of the range that an open directory still lists. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { type Files, openFiles } from "../../../storage-drivers/fs/files.ts";
import fs from "../../../storage-drivers/fs/index.ts";
import { allNames } from "../../../storage-drivers/fs/listing.ts";
import { bySize } from "../../support/size.ts";
import { keysOfOneDirectory } from "./workers/keys.ts";
import { startWorker } from "./workers/spawn.ts";

const root = mkdtempSync(join(tmpdir(), "anon-fs-listing-"));
const disk = join(root, "disk");
mkdirSync(disk);
const image = join(root, "image");
writeFileSync(image, "");
truncateSync(image, 400 * 2 ** 20);
const run = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;
// without btrfs the test runs on the default file system
const mounted = run("mkfs.btrfs", "-q", image) && run("mount", "-o", "loop", image, disk);
after(() => {
  if (mounted) run("umount", "--lazy", disk);
  rmSync(root, { recursive: true, force: true });
});

const LONG = { timeout: 300_000 };
// all in one directory: the longer a listing takes, the more entries it can miss
const KEYS = bySize({ full: 4_000, short: 1_000 });
const PASSES = bySize({ full: 20, short: 8 });

describe("fs listings during writes", () => {
  it(`include every key that exists throughout, on ${mounted ? "btrfs" : "this disk"}`, LONG, async () => {
    const base = join(disk, "base");
    const driver = fs({ base, durability: "os" });
    const keys = keysOfOneDirectory(KEYS);
    for (let at = 0; at < KEYS; at += 500) {
      await Promise.all(keys.slice(at, at + 500).map((key) => driver.swap(key, null, "x")));
    }
    const writers = [0, 1].map((part) => startWorker(["churn", base, `${part} ${KEYS}`]));
    for (const writer of writers) await writer.lines.next();
    try {
      for (let pass = 0; pass < PASSES; pass++) {
        const seen = new Set<string>();
        for await (const key of driver.keys("k")) {
          assert.ok(!seen.has(key), `${key} is listed twice`);
          seen.add(key);
        }
        assert.equal(seen.size, KEYS, `pass ${pass}`);
      }
    } finally {
      for (const writer of writers) {
        writer.process.kill("SIGKILL");
        await writer.ended;
      }
    }
    await driver.clear?.("k", {});
    assert.deepEqual(await driver.getKeys("k", {}), []);
    await driver.dispose();
  });

  it("read a directory again if it changed during the read", async () => {
    const files = openFiles(join(root, "again"));
    const put = async (name: string): Promise<void> =>
      files.replace(await files.temporary("x", false), `data/00/${name}`);
    for (const name of ["a", "b", "c"]) await put(name);
    let passes = 0;
    const hiding: Files = {
      ...files,
      async list(path) {
        const names = await files.list(path);
        // each of the first two passes misses the entry that was written during it
        const hidden = ["b", "a"][passes++];
        if (hidden === undefined) return names;
        await put(hidden);
        return names.filter((name) => name !== hidden);
      },
    };
    assert.deepEqual(Array.from(await allNames(hiding, "data/00")).sort(), ["a", "b", "c"]);
    assert.ok(passes >= 3, `${passes} passes`);
  });

  it("read an unchanged directory once, and end even if a directory changes all the time", async () => {
    const files = openFiles(join(root, "ends"));
    const put = async (): Promise<void> => files.replace(await files.temporary("x", false), "data/00/a");
    await put();
    await new Promise((resume) => setTimeout(resume, 200));
    let passes = 0;
    let changing = false;
    const counted: Files = {
      ...files,
      async list(path) {
        passes++;
        if (changing) await put();
        return files.list(path);
      },
    };
    assert.deepEqual(Array.from(await allNames(counted, "data/00")), ["a"]);
    assert.equal(passes, 1);
    changing = true;
    assert.deepEqual(Array.from(await allNames(counted, "data/00")), ["a"]);
    assert.ok(passes > 3);
    assert.deepEqual(Array.from(await allNames(files, "data/01")), []);
  });
});
