import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import { counts, guests, NOTHING_KEPT } from "../../support/gc.ts";
import { collect, DAY, HOUR, intercepting, PASSWORD, refused, SECOND, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

async function queueOf(driver: AtomicDriver): Promise<string[]> {
  return (await driver.due(Number.MAX_SAFE_INTEGER, { limit: 1000 })).entries.map(({ key }) => key);
}

for (const store of STORES) {
  describe(`gc over ${store.name}`, () => {
    after(() => store.cleanup());

    it("deletes an account inactive for exactly olderThan, and not a millisecond earlier", async () => {
      const world = setUp(await store.open());
      const { anon, clock } = world;
      const begin = clock.now;
      const { record } = await anon.signInAnonymously();
      clock.now = begin + HOUR + DAY - 1;
      assert.deepEqual(counts(await anon.admin.gc({ olderThan: "1d" })), {
        examined: 0,
        deleted: 0,
        quarantined: 0,
        warned: 0,
        kept: NOTHING_KEPT,
        otherResolution: 0,
        failed: 0,
        remaining: false,
        cutoff: new Date(clock.now - DAY).toISOString(),
        dryRun: false,
      });
      clock.now++;
      assert.deepEqual(counts(await anon.admin.gc({ olderThan: "1d" })), {
        examined: 1,
        deleted: 1,
        quarantined: 0,
        warned: 0,
        kept: NOTHING_KEPT,
        otherResolution: 0,
        failed: 0,
        remaining: false,
        cutoff: new Date(begin + HOUR).toISOString(),
        dryRun: false,
      });
      assert.equal(await anon.admin.get(record.id), null);
      assert.equal((await anon.admin.gc({ olderThan: "1d" })).examined, 0, "a second run finds nothing");
    });

    it("goes by activity, not by age", async () => {
      const { anon, clock } = setUp(await store.open());
      const idle = await anon.signInAnonymously();
      const busy = await anon.signInAnonymously();
      for (let day = 0; day < 10; day++) {
        clock.now += DAY;
        assert.notEqual(await anon.authenticate(busy.token), null);
      }
      const report = await anon.admin.gc({ olderThan: "2d" });
      assert.equal(report.deleted, 1);
      assert.equal(report.examined, 1, "the renewed account moved in the queue");
      assert.equal(await anon.admin.get(idle.record.id), null);
      assert.notEqual(await anon.authenticate(busy.token), null);
      assert.equal(await anon.authenticate(idle.token), null);
    });

    it("never collects a registered account, even if the due queue contains it", async () => {
      const driver = await store.open();
      const { anon, clock } = setUp(driver);
      const guest = await anon.signInAnonymously();
      const { record } = await anon.convert(guest.token, { email: "ada@example.com", password: PASSWORD });
      const key = `acc:users:${record.id}`;
      const text = await driver.read(key);
      await driver.swap(key, text, text, clock.now);
      clock.now += 100 * DAY;
      const dry = await anon.admin.gc({ olderThan: "1d", dryRun: true });
      const report = await anon.admin.gc({ olderThan: "1d" });
      assert.deepEqual(counts({ ...report, dryRun: true }), counts(dry));
      assert.deepEqual([report.deleted, report.kept.registered], [0, 1]);
      assert.deepEqual(await anon.admin.get(record.id), record);
      assert.equal((await anon.admin.gc({ olderThan: "1d" })).examined, 0, "gc removed it from the queue");
    });

    it("keeps an account that becomes active between being examined and being deleted", async () => {
      const driver = await store.open();
      const { anon, clock } = setUp(driver);
      const back = await anon.signInAnonymously();
      const gone = await anon.signInAnonymously();
      let touched = false;
      const touch = async (key: string) => {
        if (!key.endsWith(back.record.id) || touched) return;
        touched = true;
        assert.notEqual(await anon.authenticate(back.token), null);
      };
      const touching = intercepting(driver, {
        async swap(key, expected, next, ...rest) {
          if (next === null && expected !== null) await touch(key);
          return await driver.swap(key, expected, next, ...rest);
        },
        // it examines and deletes in one step, which leaves no moment in between
        deleteDue: undefined,
      });
      clock.now += 10 * DAY;
      const report = await setUp(touching, { now: () => clock.now }).anon.admin.gc({ olderThan: "1d" });
      assert(touched);
      assert.deepEqual([report.examined, report.deleted, report.kept.changed], [2, 1, 1]);
      assert.notEqual(await anon.authenticate(back.token), null);
      assert.equal(await anon.admin.get(gone.record.id), null);
    });

    it("keeps accounts that are active by another activityResolution, reports them, and leaves them in the queue", async () => {
      const driver = await store.open();
      const { anon, clock } = setUp(driver, { activityResolution: "1m" });
      const { record } = await anon.signInAnonymously();
      const slower = setUp(driver, { activityResolution: "1d", now: () => clock.now }).anon;
      clock.now += 2 * HOUR;
      const other = await slower.signInAnonymously();
      const report = await slower.admin.gc({ olderThan: "1h" });
      assert.deepEqual([report.examined, report.deleted, report.kept.active], [1, 0, 1]);
      assert.equal(report.otherResolution, 1);
      assert.equal((await slower.admin.gc({ olderThan: "1h" })).examined, 1, "the earlier run left it in the queue");
      const right = await anon.admin.gc({ olderThan: "1h" });
      assert.deepEqual([right.examined, right.deleted, right.otherResolution], [1, 1, 0]);
      clock.now += 2 * DAY;
      const last = await slower.admin.gc({ olderThan: "1h" });
      assert.deepEqual([last.deleted, last.otherResolution], [1, 0]);
      for (const { id } of [record, other.record]) assert.equal(await anon.admin.get(id), null);
    });

    it("does not touch collections that are not configured", async () => {
      const driver = await store.open();
      const wide = setUp(driver);
      await guests(wide, 2, "strangers");
      await guests(wide, 2, "users");
      const { clock } = wide;
      clock.now += DAY;
      const { anon } = setUp(driver, { collections: { users: {} }, now: () => clock.now });
      const report = await anon.admin.gc({ olderThan: "1h" });
      assert.deepEqual([report.examined, report.deleted, report.kept.unconfigured], [4, 2, 2]);
      await refused(anon.admin.gc({ olderThan: "1h", collection: "strangers" as "users" }), "unknown_collection");
      assert.equal((await collect(wide.anon.admin.list({ collection: "strangers" }))).length, 2);
    });

    it("counts damaged values as failed, and collects the other accounts", async () => {
      const driver = await store.open();
      const world = setUp(driver);
      const { anon, clock } = world;
      const ids = await guests(world, 4);
      const key = `acc:users:${ids[1]}`;
      await driver.swap(key, await driver.read(key), "{ damaged", clock.now);
      const lock = `clm:users:email:${"a".repeat(64)}`;
      await driver.swap(lock, null, "damaged too", 0);
      clock.now += DAY;
      const dry = await anon.admin.gc({ olderThan: "1h", dryRun: true });
      const report = await anon.admin.gc({ olderThan: "1h" });
      assert.deepEqual(counts({ ...report, dryRun: true }), counts(dry));
      assert.deepEqual([report.examined, report.deleted, report.failed], [4, 3, 2]);
      assert.equal(await driver.read(key), "{ damaged", "it is kept for repair");
      const error = await refused(anon.admin.get(ids[1] as string), "storage_corrupt");
      assert(error.message.includes(key) && !error.message.includes("damaged"));
    });

    it("removes the locks of conversions that died, for any cutoff", async () => {
      const driver = await store.open();
      const { anon, clock } = setUp(driver);
      const guest = await anon.signInAnonymously();
      let dead = false;
      const dying = intercepting(driver, {
        async swap(...args) {
          dead ||= args[0].startsWith("acc:");
          if (dead) throw new Error("the process died");
          return await driver.swap(...args);
        },
      });
      await refused(
        setUp(dying, { now: () => clock.now }).anon.convert(guest.token, {
          email: "a@example.com",
          password: PASSWORD,
        }),
        "storage_unavailable",
      );
      const locksLeft = async (): Promise<number> =>
        (await queueOf(driver)).filter((key) => key.startsWith("clm:")).length;
      assert.equal(await locksLeft(), 1);
      await anon.admin.gc({ olderThan: "1000d" });
      assert.equal(await locksLeft(), 1, "the conversion may still be running");
      clock.now += 10 * SECOND;
      await anon.admin.gc({ olderThan: "1000d", dryRun: true });
      assert.equal(await locksLeft(), 1, "a dry run changes nothing");
      const report = await anon.admin.gc({ olderThan: "1000d" });
      assert.deepEqual([report.examined, report.deleted, report.failed, report.remaining], [0, 0, 0, false]);
      assert.equal(await locksLeft(), 0);
      assert.notEqual(await anon.authenticate(guest.token), null);
    });

    it("shares the work with concurrent runs", async () => {
      const world = setUp(await store.open());
      const { anon, clock } = world;
      await guests(world, 30);
      clock.now += DAY;
      const reports = await Promise.all([
        anon.admin.gc({ olderThan: "1h", batch: 7 }),
        anon.admin.gc({ olderThan: "1h", batch: 5 }),
        anon.admin.gc({ olderThan: "1h" }),
      ]);
      const deleted = reports.reduce((sum, report) => sum + report.deleted, 0);
      assert.equal(deleted, 30, "no account is counted twice");
      assert(reports.every(({ failed, remaining }) => failed === 0 && !remaining));
      assert.deepEqual(await collect(anon.admin.list()), []);
    });
  });
}
