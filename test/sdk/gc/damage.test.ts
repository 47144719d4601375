/** gc beside values that the storage cannot read: a truncated file, a foreign value at an account's key. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, symlink, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { command } from "../../../scripts/redis/resp.mjs";
import fs from "../../../storage-drivers/fs/index.ts";
import redis from "../../../storage-drivers/redis/index.ts";
import { shardOf, TAGS } from "../../../storage-drivers/redis/shards.ts";
import { guests } from "../../support/gc.ts";
import { needs } from "../../support/needs.ts";
import { needsRedis, ownRedis, stopServers } from "../../support/redis.ts";
import { DAY, refused, setUp } from "../../support/sdk.ts";

describe("gc beside unreadable values", () => {
  after(stopServers);

  it("collects the other accounts on fs, counts the unreadable file as failed and keeps it", async () => {
    const base = await mkdtemp(join(tmpdir(), "anon-damage-"));
    const world = setUp(fs({ base }));
    const [first = ""] = await guests(world, 5);
    world.clock.now += DAY;
    const files = await readdir(base, { recursive: true });
    const path = join(base, files.find((file) => file.includes(first) && !file.endsWith(".log")) as string);
    await truncate(path, 0);
    const report = await world.anon.admin.gc({ olderThan: "1h" });
    assert.deepEqual([report.examined, report.deleted, report.failed, report.remaining], [5, 4, 1, false]);
    assert.equal((await world.anon.admin.gc({ olderThan: "1h" })).failed, 1);
    await refused(world.anon.admin.get(first), "storage_corrupt");
    await world.anon.dispose();
    await rm(base, { recursive: true });
  });

  const damages: [string, (path: string) => Promise<void>][] = [
    ["is a directory", async (path) => void (await mkdir(path))],
    // reading it at offset 0 always fails with EIO
    ["fails with EIO", (path) => symlink("/proc/self/mem", path)],
    ["is a link to itself", (path) => symlink(path, path)],
  ];
  for (const [what, damage] of damages) {
    const needsProc = needs(
      process.platform === "linux" || !what.includes("EIO"),
      "no /proc, so no file that fails with EIO",
    );
    it(`collects and lists the other 199 accounts, and doctor names the file that ${what}`, needsProc, async () => {
      const base = await mkdtemp(join(tmpdir(), "anon-damage-"));
      const world = setUp(fs({ base }));
      const ids = await guests(world, 200);
      const files = await readdir(base, { recursive: true });
      const path = join(
        base,
        files.find((file) => file.includes(ids[7] as string) && !file.endsWith(".log")) as string,
      );
      await rm(path);
      await damage(path);
      await refused(world.anon.admin.get(ids[7] as string), "storage_corrupt");
      let listed = 0;
      const all = async (): Promise<void> => {
        for await (const _ of world.anon.admin.list()) listed++;
      };
      await refused(all(), "storage_corrupt");
      assert.equal(listed, 199);
      const { damaged, accounts } = await world.anon.admin.doctor();
      assert.deepEqual(damaged, { count: 1, keys: [`acc:users:${ids[7]}`] });
      assert.equal(accounts.anonymous, 199);
      world.clock.now += DAY;
      const report = await world.anon.admin.gc({ olderThan: "1h" });
      assert.deepEqual([report.deleted, report.failed], [199, 1]);
      await world.anon.dispose();
      await rm(base, { recursive: true });
    });
  }

  it("collects the account beside an unreadable reservation and an unreadable code", async () => {
    const base = await mkdtemp(join(tmpdir(), "anon-damage-"));
    const { anon, clock } = setUp(fs({ base }));
    const { token } = await anon.signInAnonymously({ idempotencyKey: "an-idempotency-key" });
    await anon.createTransferCode(token);
    const files = await readdir(base, { recursive: true });
    const damaged = files.filter((file) => /(one|cod)\W/.test(file) && !file.endsWith(".log"));
    assert.equal(damaged.length, 2, files.join());
    for (const file of damaged) await truncate(join(base, file), 0);
    clock.now += DAY;
    const report = await anon.admin.gc({ olderThan: "1h" });
    assert.deepEqual([report.deleted, report.failed], [1, 2]);
    await anon.dispose();
    await rm(base, { recursive: true });
  });

  it(
    "collects the other accounts on redis, and keeps a foreign value",
    needsRedis("own", { timeout: 300_000 }),
    async () => {
      const server = await ownRedis();
      const world = setUp(redis({ url: server.url }));
      const ids = await guests(world, 40);
      const key = `acc:users:${ids[7]}`;
      const name = `anon:{${TAGS[shardOf(key)]}}:${key}`;
      await command(server.port, ["DEL", name]);
      await command(server.port, ["RPUSH", name, "a foreign value"]);
      world.clock.now += DAY;
      const report = await world.anon.admin.gc({ olderThan: "1h" });
      assert.deepEqual([report.examined, report.deleted, report.failed, report.remaining], [40, 39, 1, false]);
      assert.equal(Number(await command(server.port, ["LLEN", name])), 1);
      await world.anon.dispose();
    },
  );
});
