/** What works on a disk without a free block (reads, deletions, writes that need no more room), and on a read-only disk. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, lutimesSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import fs from "../../../storage-drivers/fs/index.ts";
import { formatOwner } from "../../../storage-drivers/fs/owner.ts";
import { guests } from "../../support/gc.ts";
import { DAY, HOUR, PASSWORD, refused, setUp } from "../../support/sdk.ts";
import { fill, needsDisk, onSmallDisk } from "../../support/small-disk.ts";

const ADA = { email: "ada@example.com", password: PASSWORD };

/** Fills the disk, as another program would. */
const full = (base: string): void => void fill(base);

/** Remounts the disk read-only, as a snapshot or a backup is mounted. */
function readOnly(disk: string): void {
  const { status, stderr } = spawnSync("mount", ["-o", "remount,ro", disk], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
}

it(
  "fs on a read-only disk supports gc and doctor dry runs, also when logs of the due queue could be removed",
  needsDisk,
  () =>
    onSmallDisk("size=4m", async (disk) => {
      const world = setUp(fs({ base: disk }));
      const ids = await guests(world, 20);
      for (const id of ids.slice(1)) await world.anon.admin.delete(id);
      await world.anon.dispose();
      const then = Date.now() / 1_000 - 3_600;
      for (const bucket of readdirSync(join(disk, "due"))) {
        for (const log of readdirSync(join(disk, "due", bucket)))
          utimesSync(join(disk, "due", bucket, log), then, then);
      }
      readOnly(disk);
      world.clock.now += DAY;
      const { anon } = setUp(fs({ base: disk }), { now: () => world.clock.now });
      const report = await anon.admin.gc({ olderThan: "1h", dryRun: true });
      assert.deepEqual([report.examined, report.deleted, report.failed], [1, 1, 0]);
      const { accounts, complete } = await anon.admin.doctor({ dryRun: true });
      assert.deepEqual([accounts.anonymous, complete], [1, true]);
      await refused(anon.admin.delete(ids[0] as string), "storage_unavailable");
      await anon.dispose();
    }),
);

describe("fs on a full disk", () => {
  it("runs gc, with a limit and without", needsDisk, () =>
    onSmallDisk("size=4m", async (base) => {
      const world = setUp(fs({ base }));
      await guests(world, 300);
      await world.anon.dispose();
      world.clock.now += DAY;
      full(base);
      // another process, as with the CLI
      const { anon } = setUp(fs({ base }), { now: () => world.clock.now });
      assert.equal((await anon.admin.gc({ olderThan: "1h", limit: 1 })).deleted, 1);
      full(base);
      const report = await anon.admin.gc({ olderThan: "1h" });
      assert.deepEqual([report.deleted, report.failed], [299, 0]);
      await anon.dispose();
      assert.deepEqual(readdirSync(join(base, "locks")), []);
    }),
  );

  it("deletes a guest and a registered account, and the email becomes available", needsDisk, () =>
    onSmallDisk("size=4m", async (base) => {
      const { anon } = setUp(fs({ base }));
      const guest = await anon.signInAnonymously();
      const ada = await anon.signInAnonymously();
      await anon.convert(ada.token, ADA);
      full(base);
      await refused(anon.signInAnonymously(), "storage_unavailable");
      assert.equal(await anon.admin.delete(guest.record.id), true);
      full(base);
      assert.equal(await anon.admin.delete(ada.record.id), true);
      rmSync(join(base, "filling"));
      const { token } = await anon.signInAnonymously();
      await anon.convert(token, ADA);
      await anon.dispose();
    }),
  );

  it("uses its reserve file to sign out, and restores the file when there is room", needsDisk, () =>
    onSmallDisk("size=4m", async (base) => {
      const { anon } = setUp(fs({ base }));
      const guest = await anon.signInAnonymously();
      await anon.dispose();
      const { anon: next } = setUp(fs({ base }));
      const ada = await next.signInAnonymously();
      const { token } = await next.convert(ada.token, ADA);
      const second = await next.signInWithPassword(ADA.email, ADA.password);
      await next.admin.gc({ olderThan: "1d" });
      await next.dispose();
      assert.ok(existsSync(join(base, "reserve")));
      full(base);
      const { anon: last } = setUp(fs({ base }));
      for (const one of [token, second.token, guest.token]) {
        assert.ok(await last.authenticate(one));
        await last.signOut(one);
        assert.equal(await last.authenticate(one), null);
      }
      assert.equal(existsSync(join(base, "reserve")), false);
      rmSync(join(base, "filling"));
      await last.admin.gc({ olderThan: "1d" });
      await last.dispose();
      assert.ok(existsSync(join(base, "reserve")));
    }),
  );

  it("ends each session while the reserve file is restored by the same process", needsDisk, () =>
    onSmallDisk("size=4m", async (base) => {
      const { anon } = setUp(fs({ base }));
      await anon.convert((await anon.signInAnonymously()).token, ADA);
      await anon.dispose();
      for (let round = 0; round < 100; round++) {
        const { anon: before } = setUp(fs({ base }));
        const { token } = await before.signInWithPassword(ADA.email, ADA.password);
        await before.admin.gc({ olderThan: "1d" });
        await before.dispose();
        assert.ok(existsSync(join(base, "reserve")));
        full(base);
        // with its first write it looks whether there is a reserve
        const { anon: next } = setUp(fs({ base }));
        await next.signOut(token);
        assert.equal(await next.authenticate(token), null);
        await next.dispose();
        rmSync(join(base, "filling"));
      }
    }),
  );

  it("ends sessions through several drivers at once, which share one reserve file", needsDisk, () =>
    onSmallDisk("size=4m", async (base) => {
      // they know as little of each other as those of several processes
      const drivers = 3;
      for (let round = 0; round < 50; round++) {
        const { anon: before } = setUp(fs({ base }));
        const guests = await Promise.all(Array.from({ length: drivers }, () => before.signInAnonymously()));
        await before.admin.gc({ olderThan: "1d" });
        await before.dispose();
        assert.ok(existsSync(join(base, "reserve")));
        full(base);
        await Promise.all(
          guests.map(async ({ token }) => {
            const { anon } = setUp(fs({ base }));
            await anon.signOut(token);
            assert.equal(await anon.authenticate(token), null);
            await anon.dispose();
          }),
        );
        rmSync(join(base, "filling"));
      }
    }),
  );

  it("keeps its reserve file for ending sessions while activity cannot be written", needsDisk, () =>
    onSmallDisk("size=4m", async (base) => {
      const world = setUp(fs({ base }));
      const people = [];
      for (let number = 0; number < 6; number++) people.push(await world.anon.signInAnonymously());
      await world.anon.admin.gc({ olderThan: "9d" });
      await world.anon.dispose();
      const { anon } = setUp(fs({ base }), { now: () => world.clock.now });
      for (let hours = 0; hours < 24; hours++) {
        full(base);
        world.clock.now += HOUR;
        for (const { token } of people) assert.ok(await anon.authenticate(token));
      }
      assert.ok(existsSync(join(base, "reserve")));
      for (const { token } of people) {
        await anon.signOut(token);
        assert.equal(await anon.authenticate(token), null);
      }
      await anon.dispose();
    }),
  );

  it("deletes accounts and runs gc without a free inode", needsDisk, () =>
    onSmallDisk("size=4m,nr_inodes=100", async (base) => {
      const world = setUp(fs({ base }));
      const [first = ""] = await guests(world, 10);
      await world.anon.admin.gc({ olderThan: "9d" });
      await world.anon.dispose();
      assert.throws(() => {
        for (let count = 0; ; count++) writeFileSync(join(base, `f${count}`), "");
      });
      const { anon } = setUp(fs({ base }), { now: () => world.clock.now });
      assert.equal(await anon.admin.delete(first), true);
      world.clock.now += DAY;
      const report = await anon.admin.gc({ olderThan: "1h" });
      assert.deepEqual([report.deleted, report.failed], [9, 0]);
      await anon.dispose();
    }),
  );

  it("deletes many accounts at once without a free inode, with each in turn", needsDisk, () =>
    onSmallDisk("size=4m,nr_inodes=400", async (base) => {
      const world = setUp(fs({ base }));
      await guests(world, 60);
      await world.anon.admin.gc({ olderThan: "9d" });
      await world.anon.dispose();
      assert.ok(existsSync(join(base, "reserve")));
      assert.throws(() => {
        for (let count = 0; ; count++) writeFileSync(join(base, `f${count}`), "");
      });
      const { anon } = setUp(fs({ base }), { now: () => world.clock.now });
      world.clock.now += DAY;
      // with a hook each account is deleted by a swap
      const report = await anon.admin.gc({ olderThan: "1h", beforeDelete: () => true });
      assert.deepEqual([report.deleted, report.failed], [60, 0]);
      await anon.dispose();
    }),
  );

  it("counts accounts that gc cannot quarantine as failed, and continues", needsDisk, () =>
    onSmallDisk("size=4m", async (base) => {
      const world = setUp(fs({ base }), { quarantine: "1d" });
      const { anon, clock } = world;
      await guests(world, 3);
      clock.now += 2 * DAY;
      assert.equal((await anon.admin.gc({ olderThan: "1d" })).quarantined, 3);
      await guests(world, 4);
      clock.now += 2 * DAY;
      full(base);
      const report = await anon.admin.gc({ olderThan: "1d" });
      assert.equal(report.deleted, 3);
      assert.equal(report.quarantined + report.failed, 4);
      rmSync(join(base, "filling"));
      const rest = await anon.admin.gc({ olderThan: "1d" });
      assert.deepEqual([rest.quarantined + report.quarantined, rest.failed], [4, 0]);
      await anon.dispose();
    }),
  );

  it("leaves no files behind for refused writes", needsDisk, () =>
    onSmallDisk("size=4m", async (base) => {
      const driver = fs({ base });
      await driver.swap("one", null, "x", 1);
      full(base);
      const before = (readdirSync(base, { recursive: true }) as string[]).length;
      for (let i = 0; i < 50; i++) {
        await assert.rejects(driver.swap(`k${i}`, null, "x".repeat(5_000), 1), { code: "full" });
        await assert.rejects(driver.swap("one", "x", "x".repeat(5_000), 1e6), { code: "full" });
      }
      const after = readdirSync(base, { recursive: true }) as string[];
      assert.ok(after.length - before < 10, after.join("\n"));
      assert.equal(await driver.read("one"), "x");
    }),
  );

  it("holds no lock after a sweep that had no room to take one over", needsDisk, () =>
    onSmallDisk("size=1m,nr_inodes=20", async (base) => {
      await fs({ base }).swap("one", null, "x");
      const elsewhere = { token: "0123456789abcdef", deletes: true, pid: 7, start: "1", boot: null, space: "1" };
      symlinkSync(formatOwner(elsewhere), join(base, "locks/one"));
      const then = Date.now() / 1_000 - 40;
      lutimesSync(join(base, "locks/one"), then, then);
      let count = 0;
      assert.throws(() => {
        for (; ; count++) writeFileSync(join(base, `f${count}`), "");
      });
      // room for a lock, but not for the directory that stops its previous owner
      rmSync(join(base, "f0"));
      const driver = fs({ base });
      await driver.due(0, { limit: 1 });
      await driver.dispose();
      for (let gone = 1; gone < count; gone++) rmSync(join(base, `f${gone}`));
      const started = performance.now();
      while (readdirSync(join(base, "locks")).length > 0) {
        assert.ok(performance.now() - started < 20_000, readdirSync(join(base, "locks")).join());
        await new Promise((resume) => setTimeout(resume, 20));
      }
    }),
  );
});
