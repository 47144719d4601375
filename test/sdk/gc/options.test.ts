/** The options of gc: limit, collection, batch, signal, onProgress and beforeDelete. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { GcOptions } from "../../../sdk/contract/retention.ts";
import type { Duration } from "../../../sdk/types.ts";
import memory from "../../../storage-drivers/memory.ts";
import { counts, guests, NOTHING_KEPT } from "../../support/gc.ts";
import { collect, DAY, intercepting, refused, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

for (const store of STORES) {
  describe(`options of gc over ${store.name}`, () => {
    after(() => store.cleanup());

    it("delete the oldest accounts first, at most limit, and a second run continues", async () => {
      const world = setUp(await store.open());
      const { anon, clock } = world;
      const ids = await guests(world, 10);
      clock.now += DAY;
      const dry = await anon.admin.gc({ olderThan: "1h", limit: 4, batch: 3, dryRun: true });
      assert.deepEqual([dry.deleted, dry.remaining, dry.dryRun], [4, true, true]);
      const first = await anon.admin.gc({ olderThan: "1h", limit: 4, batch: 3 });
      assert.deepEqual(counts({ ...first, dryRun: true }), counts(dry));
      const left = (await collect(anon.admin.list())).map(({ id }) => id);
      assert.deepEqual(left.sort(), ids.slice(4).sort());
      const rest = await anon.admin.gc({ olderThan: "1h", limit: 6 });
      assert.deepEqual([rest.deleted, rest.remaining], [6, false]);
    });

    it("pass on the accounts of each step of a dry run that a run would collect, and wait meanwhile", async () => {
      const world = setUp(await store.open(), { collections: { users: {}, shops: { quarantine: "1d" } } });
      const { anon, clock } = world;
      const ids = [...(await guests(world, 7)), ...(await guests(world, 4, "shops"))];
      await anon.admin.hold(ids[2]!);
      clock.now += DAY;
      await guests(world, 2);
      const found: string[] = [];
      let busy = false;
      const options: GcOptions<"users" | "shops"> = {
        olderThan: "1h",
        dryRun: true,
        batch: 3,
        async onCandidates(records) {
          assert.equal(busy, false);
          busy = true;
          await new Promise((resolve) => setTimeout(resolve, 1));
          busy = false;
          found.push(...records.map(({ id, collectionName }) => `${collectionName} ${id}`));
        },
      };
      const report = await anon.admin.gc(options);
      const expected = ids.filter((_, index) => index !== 2);
      assert.deepEqual([report.deleted, report.quarantined, report.kept.held], [6, 4, 1]);
      assert.deepEqual(found.sort(), expected.map((id) => `${ids.indexOf(id) < 7 ? "users" : "shops"} ${id}`).sort());
      found.length = 0;
      await anon.admin.gc({ ...options, limit: 2 });
      assert.equal(found.length, 2);
      const failing = { ...options, onCandidates: () => Promise.reject(new Error("the reader is gone")) };
      await assert.rejects(anon.admin.gc(failing), /the reader is gone/);
      await refused(anon.admin.gc({ ...options, dryRun: false }), "invalid_options");
    });

    it("report whether more accounts of the given collection are due", async () => {
      const world = setUp(await store.open());
      const { anon, clock } = world;
      await guests(world, 3, "users");
      await guests(world, 3, "customers");
      clock.now += DAY;
      const one = await anon.admin.gc({ olderThan: "1h", collection: "users", limit: 2 });
      assert.deepEqual([one.examined, one.deleted, one.remaining], [2, 2, true]);
      const two = await anon.admin.gc({ olderThan: "1h", collection: "users", limit: 1 });
      assert.deepEqual([two.examined, two.deleted, two.remaining], [1, 1, false]);
      const three = await anon.admin.gc({ olderThan: "1h" });
      assert.deepEqual([three.examined, three.deleted, three.remaining], [3, 3, false]);
    });

    it("report progress after every batch, and stop between batches when aborted", async () => {
      const world = setUp(await store.open());
      const { anon, clock } = world;
      await guests(world, 7);
      clock.now += DAY;
      const controller = new AbortController();
      const seen: number[] = [];
      const options: GcOptions = {
        olderThan: "1h",
        batch: 2,
        signal: controller.signal,
        onProgress(report) {
          seen.push(report.deleted);
          if (seen.length === 2) controller.abort();
        },
      };
      const stopped = await anon.admin.gc(options);
      assert.deepEqual([stopped.deleted, stopped.remaining], [4, true]);
      assert.deepEqual(seen, [2, 4]);
      const before = await anon.admin.gc(options);
      assert.deepEqual([before.examined, before.deleted, before.remaining], [0, 0, true]);
      const done = await anon.admin.gc({ ...options, signal: new AbortController().signal, onProgress: undefined });
      assert.deepEqual([done.deleted, done.remaining], [3, false]);
    });

    it("keep an account if beforeDelete returns false, throws or rejects, and count errors as failed", async () => {
      const world = setUp(await store.open());
      const { anon, clock } = world;
      const ids = await guests(world, 5);
      clock.now += DAY;
      const calls: string[] = [];
      const report = await anon.admin.gc({
        olderThan: "1h",
        async beforeDelete(record) {
          calls.push(record.id);
          assert.equal("sessions" in record || "password" in record, false);
          await new Promise((resolve) => setTimeout(resolve, 1));
          if (record.id === ids[0]) return false;
          if (record.id === ids[1]) throw new Error("the shop's database is down");
          return record.id === ids[2] ? undefined : true;
        },
      });
      assert.deepEqual(calls.sort(), [...ids].sort());
      assert.deepEqual(counts(report), {
        ...counts(report),
        examined: 5,
        deleted: 3,
        quarantined: 0,
        warned: 0,
        kept: { ...NOTHING_KEPT, vetoed: 1 },
        otherResolution: 0,
        failed: 1,
        remaining: false,
      });
      const synchronous = await anon.admin.gc({
        olderThan: "1h",
        beforeDelete() {
          throw new Error("at once");
        },
      });
      assert.deepEqual([synchronous.deleted, synchronous.failed], [0, 2]);
      const kept = (await collect(anon.admin.list())).map(({ id }) => id).sort();
      assert.deepEqual(kept, ids.slice(0, 2).sort());
      let hooks = 0;
      const dry = await anon.admin.gc({ olderThan: "1h", dryRun: true, beforeDelete: () => ++hooks > 0 });
      assert.deepEqual([dry.deleted, hooks], [2, 0], "a hook may act, so a dry run does not call it");
    });

    it("stop calling beforeDelete when aborted, and report that more remains", async () => {
      const world = setUp(await store.open());
      const { anon, clock } = world;
      await guests(world, 40);
      clock.now += DAY;
      const controller = new AbortController();
      let calls = 0;
      const report = await anon.admin.gc({
        olderThan: "1h",
        signal: controller.signal,
        beforeDelete: () => {
          calls++;
          controller.abort();
          return true;
        },
      });
      assert(calls < 40);
      assert.deepEqual([report.deleted, report.remaining], [calls, true]);
    });
  });
}

describe("options of gc", () => {
  it("require olderThan, and are refused out of range", async () => {
    const { anon } = setUp(memory());
    for (const olderThan of [
      undefined,
      null,
      "",
      "30x",
      -1,
      Number.NaN,
      "1000000000w",
      "100000000d",
      {},
      ["1d"],
      true,
    ]) {
      await refused(anon.admin.gc({ olderThan: olderThan as Duration }), "invalid_duration");
    }
    await refused(anon.admin.gc(undefined as unknown as GcOptions), "invalid_duration");
    for (const limit of [0, -1, 1.5, Number.NaN, "5"]) {
      await refused(anon.admin.gc({ olderThan: "1d", limit: limit as number }), "invalid_options");
    }
    for (const batch of [0, -1, 1.5, Number.NaN, 10_001, Number.POSITIVE_INFINITY]) {
      await refused(anon.admin.gc({ olderThan: "1d", batch }), "invalid_options");
    }
    await refused(anon.admin.gc({ olderThan: "1d", collection: "No!" }), "invalid_collection");
    assert.equal((await anon.admin.gc({ olderThan: "365000d" })).deleted, 0);
  });

  it("collect every guest with 0s and an activityResolution of 0s", async () => {
    const { anon } = setUp(memory(), { activityResolution: "0s" });
    await anon.signInAnonymously();
    assert.equal((await anon.admin.gc({ olderThan: "0s" })).deleted, 1);
  });

  it("reject with storage_unavailable if the storage fails", async () => {
    const failing = intercepting(memory(), { due: () => Promise.reject(undefined) });
    await refused(setUp(failing).anon.admin.gc({ olderThan: "1d" }), "storage_unavailable");
  });
});

describe("gc without a collection of the default name", () => {
  it("collects the configured collections, as a schedule does", async () => {
    const collections = { members: { retention: "1d" }, staff: {} } as const;
    const { anon, clock } = setUp(memory(), { collections });
    for (const collection of ["members", "staff"] as const) await anon.signInAnonymously({ collection });
    clock.now += 2 * DAY;
    await anon.admin.scheduleGc({ every: "1h", olderThan: "30d" })();
    assert.equal((await anon.admin.gc({ dryRun: true })).deleted, 1);
    assert.equal((await anon.admin.gc({ olderThan: "1d" })).deleted, 2);
    await refused(anon.admin.gc({ olderThan: "1d", collection: "users" as "staff" }), "unknown_collection");
  });
});
