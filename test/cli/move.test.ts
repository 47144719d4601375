/** Moves of whole storages by `anon copy`: through every kind of storage, killed, and beside a writer. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { copy } from "../../sdk/transfer/index.ts";
import fs from "../../storage-drivers/fs/index.ts";
import memory from "../../storage-drivers/memory.ts";
import { open } from "../../storage-drivers/open.ts";
import { checkEveryKind, checkHasEveryKind, checkSame, everyEntry, storeEveryKind } from "../support/every-kind.ts";
import { needsPostgres, stopServers as stopPostgres, uniqueSchemaUrl } from "../support/postgres.ts";
import { needsRedis, ownRedis, stopServers as stopRedis } from "../support/redis.ts";
import { setUp } from "../support/sdk.ts";
import { bySize } from "../support/size.ts";
import { documents, ended, inDirectory, type RunResult, run, runHere, SLOW, start } from "./run.ts";

interface CopyReport {
  copied: number;
  present: number;
  differing: number;
  failed: number;
}

/** A storage of a real size takes minutes, and the storages do the same whichever runtime calls them. */
const ACCOUNTS = bySize({ full: "Bun" in globalThis || "Deno" in globalThis ? 2_000 : 100_000, short: 60 });

function counts({ stdout, stderr }: RunResult): CopyReport {
  const [report] = documents<CopyReport>({ stdout, stderr, code: 0 });
  assert.ok(report, stderr);
  const { copied, present, differing, failed } = report;
  return { copied, present, differing, failed };
}

const LONG = { timeout: bySize({ full: 1_200_000, short: SLOW.timeout }) };
const servers = { ...needsRedis("own", LONG), ...needsPostgres("shared", LONG) };

describe("anon copy", () => {
  after(() => Promise.all([stopRedis(), stopPostgres()]));

  it("moves every account, session, lock, code and due time through all storages and back", servers, () =>
    inDirectory(async (cwd) => {
      const redis = (await ownRedis()).url;
      const postgres = await uniqueSchemaUrl();
      const first = `fs:${join(cwd, "first")}`;
      const last = `fs:${join(cwd, "last")}`;
      const way = [first, redis, `sqlite:${join(cwd, "accounts.db")}`, postgres, last];
      // made in memory, because each account on its own would be made durable on disk
      const expected = memory();
      const made = await storeEveryKind(expected, ACCOUNTS);
      await checkHasEveryKind(expected);
      const source = fs({ base: join(cwd, "first"), durability: "os" });
      const { copied: count } = await copy(expected, source);
      await source.dispose();
      for (const [step, to] of way.slice(1).entries()) {
        const from = way[step] as string;
        const ran = await run(["copy", "--storage", from, "--to", to, "--json"], { cwd });
        assert.equal(ran.code, 0, ran.stdout + ran.stderr);
        assert.deepEqual(counts(ran), { copied: count, present: 0, differing: 0, failed: 0 });
        const target = await open(to);
        await checkSame(target, expected);
        await target.dispose();
      }
      const moved = await open(last);
      await checkEveryKind(moved, made);
      await moved.dispose();
    }),
  );

  it("goes on after a kill where it was", needsRedis("own", SLOW), () =>
    inDirectory(async (cwd) => {
      const { url } = await ownRedis();
      const from = await open(`fs:${join(cwd, "from")}`);
      const { anon } = setUp(from);
      const count = 3_000;
      for (let made = 0; made < count; made += 100) {
        await Promise.all(Array.from({ length: 100 }, () => anon.signInAnonymously()));
      }
      const expected = await everyEntry(from);
      await from.dispose();
      const target = await open(url);
      const args = ["copy", "--storage", "fs:from", "--to", url, "--json"];
      const killed = start(args, { cwd });
      const end = ended(killed);
      for (;;) {
        const { value } = await target.keys("acc:")[Symbol.asyncIterator]().next();
        if (value !== undefined || killed.exitCode !== null) break;
        await sleep(5);
      }
      killed.kill("SIGKILL");
      await end;
      const kept = await everyEntry(target);
      for (const [key, entry] of kept) assert.deepEqual(entry, expected.get(key), "what a killed copy wrote is whole");
      const again = await run(args, { cwd });
      assert.equal(again.code, 0, again.stdout + again.stderr);
      const { copied, present, ...rest } = counts(again);
      assert.deepEqual([copied + present, rest], [expected.size, { differing: 0, failed: 0 }]);
      assert.ok(present >= kept.size, "nothing is copied twice");
      assert.deepEqual(await everyEntry(target), expected);
      await target.dispose();
    }),
  );

  it("copies each account as it was at one moment, beside a writer", SLOW, () =>
    inDirectory(async (cwd) => {
      const [source, target] = ["from.db", "to.db"].map((name) => `sqlite:${join(cwd, name)}`) as [string, string];
      const from = await open(source);
      const keys = Array.from({ length: 400 }, (_, index) => `acc:users:${String(index).padStart(15, "0")}`);
      // the due time is in the value, too
      const textOf = (due: number) => `{"due":${due}}`;
      await Promise.all(keys.map((key) => from.swap(key, null, textOf(1), 1)));
      let isDone = false;
      let written = 1;
      const writing = (async () => {
        for (; !isDone; written++) {
          for (let at = 0; at < keys.length && !isDone; at += 40) {
            const some = keys.slice(at, at + 40);
            await Promise.all(some.map((key) => from.swap(key, textOf(written), textOf(written + 1), written + 1)));
            await sleep(1);
          }
        }
      })();
      const args = ["copy", "--storage", source, "--to", target, "--json"];
      const ran = await run(args, { cwd });
      const to = await open(target);
      const copied = await everyEntry(to);
      isDone = true;
      await writing;
      assert.equal(copied.size, keys.length, ran.stdout + ran.stderr);
      for (const { value, due } of copied.values()) {
        assert.equal(value, textOf(Number(due)), "value and due time of one moment");
        assert.ok(due !== null && due >= 1 && due <= written + 1, "of a moment that was");
      }
      const refused = await runHere(args, { cwd });
      assert.equal(refused.code, 1, "later changes are not copied without --overwrite");
      assert.ok(counts(refused).differing > 0);
      assert.deepEqual(await everyEntry(to), copied);
      const again = await runHere([...args, "--overwrite"], { cwd });
      assert.equal(again.code, 0, again.stdout + again.stderr);
      assert.deepEqual(await everyEntry(to), await everyEntry(from));
      await Promise.all([from.dispose(), to.dispose()]);
    }),
  );
});
