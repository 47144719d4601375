import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { openFiles } from "../../../storage-drivers/fs/files.ts";
import fs from "../../../storage-drivers/fs/index.ts";
import { acquire } from "../../../storage-drivers/fs/lock.ts";
import { type Owner, parseOwner } from "../../../storage-drivers/fs/owner.ts";
import type { DriverError } from "../../../storage-drivers/shared/driver-error.ts";
import { allLines, startWorker } from "./workers/spawn.ts";

const root = mkdtempSync(join(tmpdir(), "anon-fs-processes-"));
after(() => rmSync(root, { recursive: true, force: true }));
const fresh = (): string => mkdtempSync(join(root, "base-"));
const LONG = { timeout: 300_000 };

describe("fs between processes", () => {
  it("loses no increment of a shared counter", LONG, async () => {
    const base = fresh();
    const workers = Array.from({ length: 4 }, () => startWorker(["count", base, "50"]));
    for (const worker of workers) assert.equal(await worker.ended, 0);
    assert.equal(await fs({ base }).read("counter"), "200");
    assert.deepEqual(readdirSync(join(base, "locks")), []);
    assert.deepEqual(readdirSync(join(base, "tmp")), []);
  });

  it("creates each key in exactly one process", LONG, async () => {
    const base = fresh();
    const workers = Array.from({ length: 4 }, () => startWorker(["create", base, "200"]));
    const won = (await Promise.all(workers.map(allLines))).flat().map(Number);
    assert.deepEqual(
      won.sort((a, b) => a - b),
      Array.from({ length: 200 }, (_, i) => i),
    );
  });

  it("returns only complete values to readers", LONG, async () => {
    const base = fresh();
    const driver = fs({ base });
    await driver.setItem?.("big", "<>", {});
    const writer = startWorker(["rewrite", base]);
    const sizes = new Set<number>();
    for (const start = performance.now(); performance.now() - start < 1_500 || sizes.size < 20; ) {
      const value = await driver.read("big");
      assert.match(value ?? "absent", /^<x*>$/);
      sizes.add(value?.length ?? 0);
    }
    writer.process.kill("SIGKILL");
    assert.equal(await writer.ended, "SIGKILL");
    assert.match((await driver.read("big")) ?? "absent", /^<x*>$/);
  });

  it("takes over the lock of a killed process", LONG, async () => {
    const base = fresh();
    const driver = fs({ base });
    await driver.swap("one", null, "a");
    for (const next of ["b", "c"]) {
      const holder = startWorker(["hold", base, "one"]);
      await holder.lines.next();
      holder.process.kill("SIGKILL");
      await holder.ended;
      const current = await driver.read("one");
      assert.equal(await driver.swap("one", current, next), true);
    }
    assert.deepEqual(readdirSync(join(base, "locks")), []);
  });

  it("waits for a stopped process instead of taking over its lock", LONG, async () => {
    const base = fresh();
    const driver = fs({ base, lockTimeout: 300 });
    await driver.swap("one", null, "a");
    const holder = startWorker(["hold", base, "one"]);
    await holder.lines.next();
    // by pid: on Deno a child's handle sends only one signal
    const pid = holder.process.pid!;
    process.kill(pid, "SIGSTOP");
    await assert.rejects(driver.swap("one", "a", "b"), (error: DriverError) => {
      assert.equal(error.code, "locked");
      assert.ok(error.message.includes(`process ${pid}`) && error.message.includes("locks/one"));
      return true;
    });
    process.kill(pid, "SIGCONT");
    assert.equal(await driver.read("one"), "a");
    process.kill(pid, "SIGKILL");
    await holder.ended;
    assert.equal(await driver.swap("one", "a", "b"), true);
  });

  it("has one holder at a time when processes race for the lock of a dead process", LONG, async () => {
    const base = fresh();
    for (let round = 0; round < 3; round++) {
      const dead = startWorker(["hold", base, "contended"]);
      await dead.lines.next();
      const contenders = Array.from({ length: 4 }, () => startWorker(["contend", base, "25"]));
      dead.process.kill("SIGKILL");
      for (const contender of contenders) assert.deepEqual(await allLines(contender), ["alone"]);
    }
    assert.deepEqual(readdirSync(join(base, "locks")), []);
  });

  it("has one holder at a time when calls of one process race for chains of dead locks", LONG, async () => {
    const base = fresh();
    const files = openFiles(base);
    const dead = startWorker(["hold", base, "dead"]);
    await dead.lines.next();
    dead.process.kill("SIGKILL");
    await dead.ended;
    const text = (await files.claimed("locks/dead"))?.text ?? "";
    const { token } = parseOwner(text) as Owner;
    const other = text.replace(token, "0123456789abcdef");
    let held = 0;
    for (let round = 0; round < 40; round++) {
      await files.claim("locks/raced", text);
      await files.claim(`locks/raced.${token}`, other);
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          const lock = await acquire(files, "raced", 30_000);
          assert.equal(++held, 1);
          await new Promise((resume) => setTimeout(resume, Math.random() * 2));
          held--;
          await lock.release();
        }),
      );
      assert.deepEqual(await files.list("locks"), ["dead"]);
    }
  });

  it("keeps every acknowledged write of a killed process, and its entry in the due queue", LONG, async () => {
    const base = fresh();
    const driver = fs({ base });
    for (let round = 0; round < 12; round++) {
      const writer = startWorker(["write", base, `${round}`]);
      const first = await writer.lines.next();
      await new Promise((resume) => setTimeout(resume, Math.random() * 150));
      writer.process.kill("SIGKILL");
      const lines = [first.value as string, ...(await allLines(writer))];
      const created = lines.filter((line) => line.startsWith("created")).map((line) => Number(line.slice(8)));
      const moved = new Set(lines.filter((line) => line.startsWith("moved")).map((line) => Number(line.slice(6))));
      // the move that was interrupted may have happened
      const last = lines
        .filter((line) => line.startsWith("moving"))
        .map((line) => Number(line.slice(7)))
        .at(-1);
      for (const i of created) {
        const value = await driver.read(`acc:${round}:${i}`);
        if (moved.has(i)) assert.equal(value, `second ${i}`);
        else if (i === last) assert.ok(value === `first ${i}` || value === `second ${i}`);
        else assert.equal(value, `first ${i}`);
      }
    }
    const queued = new Map<string, number>();
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof driver.due>> = await driver.due(2e9, { limit: 500, cursor });
      for (const { key, due } of page.entries) {
        assert.ok(!queued.has(key), `${key} is listed twice`);
        queued.set(key, due);
      }
      cursor = page.cursor;
    } while (cursor !== null);
    let stored = 0;
    for await (const key of driver.keys("acc:")) {
      const i = Number(key.split(":")[2]);
      const value = await driver.read(key);
      assert.equal(queued.get(key), value === `first ${i}` ? i : i + 1_000_000_001);
      assert.ok(value === `first ${i}` || value === `second ${i}`);
      stored++;
    }
    assert.equal(queued.size, stored);
  });
});
