/** The first calls of a driver, which open its database, and the last ones. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import sql from "../../../storage-drivers/sql/index.ts";
import { isDriverError } from "../../support/driver-errors.ts";
import { needs } from "../../support/needs.ts";
import { needsPostgres, postgresUrl, stopServers, uniqueTable } from "../../support/postgres.ts";

const root = mkdtempSync(join(tmpdir(), "anon-first-use-"));
after(async () => {
  rmSync(root, { recursive: true, force: true });
  await stopServers();
});

const hasProc = needs(process.platform === "linux", "no /proc, which shows the files that a process has open");

/** How often this process has the file open. */
function openings(file: string): number {
  const paths = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // closed meanwhile
      return "";
    }
  });
  return paths.filter((path) => path === file).length;
}

describe("first use of the sql driver", () => {
  it("opens the file once for a write and a read at the same time", hasProc, async () => {
    const file = join(root, "once.db");
    const before = sql({ url: `sqlite:${file}` });
    await before.swap("k", null, "1");
    await before.dispose();
    const storage = sql({ url: `sqlite:${file}` });
    await Promise.all([storage.swap("k", "1", "2"), storage.read("k"), storage.due(1, { limit: 1 })]);
    assert.equal(openings(file), 1);
    await storage.dispose();
    assert.equal(openings(file), 0);
  });

  it("leaves no file open that it cannot use", hasProc, async () => {
    const file = join(root, "damaged.db");
    writeFileSync(file, "not SQLite\n".repeat(1_000));
    const storage = sql({ url: `sqlite:${file}` });
    for (let i = 0; i < 5; i++)
      await assert.rejects(storage.read("k"), isDriverError("corrupt", /not a SQLite database/));
    assert.equal(openings(file), 0);
    await storage.dispose();
  });

  it("finds in memory what was written while reads came in", async () => {
    const storage = sql({ url: "sqlite::memory:" });
    await Promise.all([storage.read("k"), storage.swap("k", null, "1"), storage.read("k")]);
    assert.equal(await storage.read("k"), "1");
    await storage.dispose();
  });

  it("leaves no rejection unhandled when reads and writes fail to connect", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", note);
    // nothing listens at port 1
    const storage = sql({ url: "postgres://postgres@127.0.0.1:1/none", timeout: 100 });
    const outcomes = await Promise.allSettled([
      storage.swap("k", null, "1"),
      storage.read("k"),
      storage.due(1, { limit: 1 }),
    ]);
    await sleep(300);
    process.off("unhandledRejection", note);
    await storage.dispose();
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["rejected", "rejected", "rejected"],
    );
    assert.deepEqual(unhandled, []);
  });

  it("can be disposed of twice at the same time", needsPostgres("shared"), async () => {
    const storage = sql({ url: await postgresUrl(), table: uniqueTable() });
    await storage.read("k");
    await Promise.all([storage.dispose(), storage.dispose()]);
    await storage.dispose();
    await assert.rejects(storage.read("k"), { code: "closed" });
  });
});
