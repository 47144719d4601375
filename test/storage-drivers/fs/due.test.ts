import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fs from "../../../storage-drivers/fs/index.ts";

const root = mkdtempSync(join(tmpdir(), "anon-fs-due-"));
after(() => rmSync(root, { recursive: true, force: true }));
const fresh = (): string => mkdtempSync(join(root, "base-"));

/** Makes every log of a bucket look as if it was last written an hour ago. */
function backdate(directory: string): void {
  const past = Date.now() / 1000 - 3_600;
  for (const log of readdirSync(directory)) utimesSync(join(directory, log), past, past);
}

describe("fs due queue", () => {
  it("ignores lines without a file, truncated lines and garbage", async () => {
    const base = fresh();
    const driver = fs({ base });
    await driver.swap("real", null, "x", 5);
    writeFileSync(join(base, "due/0/dead.log"), "3 ghost\n5 real\nnonsense\n7 GHOST\n5 %zz\n4 rea");
    mkdirSync(join(base, "due/not-a-bucket"));
    assert.deepEqual(await driver.due(10, { limit: 10 }), { entries: [{ key: "real", due: 5 }], cursor: null });
  });

  it("removes old logs that have only stale lines, and their bucket", async () => {
    const base = fresh();
    const driver = fs({ base });
    for (let i = 0; i < 40; i++) await driver.swap(`k${i}`, null, "x", i);
    for (let i = 0; i < 40; i++) await driver.swap(`k${i}`, "x", null);
    const directory = join(base, "due/0");
    assert.deepEqual((await driver.due(100, { limit: 10 })).entries, []);
    assert.equal(existsSync(directory), true, "a log that may still be written to was removed");
    backdate(directory);
    assert.deepEqual((await driver.due(100, { limit: 10 })).entries, []);
    assert.equal(existsSync(directory), false);
    // the same writer creates the directory again
    await driver.swap("again", null, "x", 50);
    assert.deepEqual((await driver.due(100, { limit: 10 })).entries, [{ key: "again", due: 50 }]);
  });

  it("moves the live lines of a mostly stale log to a new log", async () => {
    const base = fresh();
    const first = fs({ base });
    for (let i = 0; i < 40; i++) await first.swap(`k${i}`, null, "x", i);
    for (let i = 2; i < 40; i++) await first.swap(`k${i}`, "x", "y");
    const directory = join(base, "due/0");
    const old = readdirSync(directory);
    backdate(directory);
    const driver = fs({ base });
    const live = [
      { key: "k0", due: 0 },
      { key: "k1", due: 1 },
    ];
    assert.deepEqual((await driver.due(100, { limit: 10 })).entries, live);
    const now = readdirSync(directory);
    assert.equal(now.length, 1);
    assert.notDeepEqual(now, old);
    assert.deepEqual((await driver.due(100, { limit: 10 })).entries, live);
    assert.deepEqual((await fs({ base }).due(100, { limit: 10 })).entries, live);
  });

  it("lists lines that other processes append between pages", async () => {
    const base = fresh();
    const driver = fs({ base });
    for (const [i, key] of ["a", "b", "c"].entries()) await driver.swap(key, null, "x", i * 2);
    const page = await driver.due(100, { limit: 1 });
    await fs({ base }).swap("between", null, "x", 1);
    appendFileSync(join(base, "due/0/other.log"), "2 ghost\n");
    const rest = await driver.due(100, { limit: 10, cursor: page.cursor });
    assert.deepEqual(
      rest.entries.map(({ key }) => key),
      ["between", "b", "c"],
    );
  });

  it("orders buckets before, at and after the epoch", async () => {
    const driver = fs({ base: fresh() });
    const times = [1e12, 0, -1, -600_000, -600_001, 599_999, 600_000];
    for (const due of times) await driver.swap(`at${due}`, null, "x", due);
    const { entries } = await driver.due(Infinity, { limit: 10 });
    assert.deepEqual(
      entries.map(({ due }) => due),
      times.sort((a, b) => a - b),
    );
    assert.equal((await driver.due(-1, { limit: 10 })).entries.length, 3);
  });

  it("gives the event loop turns while it reads the lines of a bucket", async () => {
    const base = fresh();
    await fs({ base }).swap("first", null, "x", 1);
    const lines = Array.from({ length: 200_000 }, (_, i) => `${i + 2} acc%3ausers%3a${i}\n`);
    writeFileSync(join(base, "due/0/busy.log"), lines.join(""));
    const driver = fs({ base });
    const began = performance.now();
    let longest = 0;
    let last = began;
    const turn = (): void => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    };
    const timer = setInterval(turn, 1);
    assert.deepEqual((await driver.due(1, { limit: 1 })).entries, [{ key: "first", due: 1 }]);
    clearInterval(timer);
    turn();
    const took = last - began;
    assert.ok(longest < took / 2, `one turn took ${longest} ms of ${took} ms`);
  });
});
