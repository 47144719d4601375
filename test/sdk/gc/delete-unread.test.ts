/**
 * gc with `deleteDue`, with which the storage deletes expired guests itself: the same accounts, report and order as without
 * it. Only damage after the beginning of a value goes undetected.
 */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { ANONYMOUS_BEGINNING, decodeAccount, encodeAccount } from "../../../sdk/account/codec.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import { counts, guests, NOTHING_KEPT } from "../../support/gc.ts";
import { collect, DAY, HOUR, intercepting, MINUTE, PASSWORD, refused, SECOND, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

// enough to fill every queue of a driver that has several
const MANY = 120;

/** Guests of two collections, active ten days to a minute ago, and one of each kind that must be kept. */
async function populate(driver: AtomicDriver): Promise<ReturnType<typeof setUp>> {
  const world = setUp(driver);
  const { anon, clock } = world;
  await guests(world, MANY);
  await guests(world, MANY, "shops");
  await guests(world, 3, "strangers");
  const { token } = await anon.signInAnonymously();
  const converted = await anon.convert(token, { email: "ada@example.com", password: PASSWORD });
  const key = `acc:users:${converted.record.id}`;
  const text = await driver.read(key);
  await driver.swap(key, text, text, clock.now);
  const damaged = `acc:users:${"d".repeat(15)}`;
  await driver.swap(damaged, null, "{ damaged", clock.now);
  clock.now += 9 * DAY;
  await guests(world, MANY);
  clock.now += DAY - HOUR;
  // due by the activityResolution that they were stored with, but not by that of gc
  await guests(world, 30, "shops");
  clock.now += 2 * HOUR + 10 * MINUTE;
  await guests(world, 2);
  return world;
}

for (const store of STORES) {
  describe(`gc with deleteDue over ${store.name}`, () => {
    after(() => store.cleanup());

    it("keeps and reports the same as gc that reads every account", async () => {
      const outcomes: unknown[] = [];
      for (const plain of [true, false]) {
        const driver = await store.open();
        const { clock } = await populate(driver);
        const used = plain ? intercepting(driver, { deleteDue: undefined }) : driver;
        const options = {
          collections: { users: {}, shops: { activityResolution: "2h" as const } },
          now: () => clock.now,
        };
        const { anon } = setUp(used, options);
        const report = await anon.admin.gc({ olderThan: "1h" });
        const again = await anon.admin.gc({ olderThan: "1h" });
        const kept = await collect(driver.keys("acc:"));
        const { cutoff: _cutoff, ...rest } = counts(report);
        outcomes.push({ report: rest, examined: again.examined, kept: kept.length });
      }
      assert.deepEqual(outcomes[1], outcomes[0]);
      assert.deepEqual(outcomes[0], {
        report: {
          examined: 3 * MANY + 30 + 1 + 3 + 1,
          deleted: 3 * MANY,
          quarantined: 0,
          warned: 0,
          kept: { ...NOTHING_KEPT, registered: 1, unconfigured: 3, active: 30 },
          otherResolution: 30,
          failed: 1,
          remaining: false,
          dryRun: false,
        },
        // accounts that were kept stay in the queue
        examined: 4 + 30,
        kept: 3 + 1 + 1 + 30 + 2,
      });
    });

    it("deletes the oldest first up to the limit, and reports each batch", async () => {
      const world = setUp(await store.open());
      const { anon, clock } = world;
      const ids = await guests(world, MANY);
      clock.now += DAY;
      const seen: number[] = [];
      const onProgress = ({ deleted }: { deleted: number }) => seen.push(deleted);
      const report = await anon.admin.gc({ olderThan: "1h", limit: 70, batch: 32, onProgress });
      assert.deepEqual([report.examined, report.deleted, report.remaining], [70, 70, true]);
      assert.deepEqual(
        seen,
        [...seen].sort((a, b) => a - b),
      );
      assert(seen.length >= 3 && seen.every((deleted, index) => deleted - (seen[index - 1] ?? 0) <= 32), `${seen}`);
      const left = (await collect(anon.admin.list())).map(({ id }) => id);
      assert.deepEqual(left.sort(), ids.slice(70).sort());
    });

    it("stops between batches when aborted", async () => {
      const world = setUp(await store.open());
      const { anon, clock } = world;
      await guests(world, MANY);
      clock.now += DAY;
      const controller = new AbortController();
      const onProgress = () => controller.abort();
      const report = await anon.admin.gc({ olderThan: "1h", batch: 48, signal: controller.signal, onProgress });
      assert(report.deleted > 0 && report.deleted <= 48 && report.remaining, JSON.stringify(report));
      assert.equal((await collect(anon.admin.list())).length, MANY - report.deleted);
    });

    it("keeps accounts that authenticate or convert while it runs", async () => {
      const driver = await store.open();
      const { anon, clock } = setUp(driver);
      const visitors = await Promise.all(Array.from({ length: MANY }, () => anon.signInAnonymously()));
      clock.now += 10 * DAY;
      const [report, ...results] = await Promise.all([
        anon.admin.gc({ olderThan: "1d", batch: 16 }),
        ...visitors.map(({ token }, index) =>
          index % 2 === 0
            ? anon.authenticate(token)
            : anon.convert(token, { email: `${index}@example.com`, password: PASSWORD }).catch(() => null),
        ),
      ]);
      const accepted = visitors.filter((_, index) => results[index] !== null);
      assert.equal(report.deleted + accepted.length, MANY);
      for (const { record } of accepted)
        assert.notEqual(await anon.admin.get(record.id), null, "the account was deleted after its call succeeded");
    });
  });
}

describe("gc with deleteDue", () => {
  it("does not use it for a dry run or with beforeDelete", async () => {
    const [store] = STORES;
    const inner = await store!.open();
    let calls = 0;
    const deleteDue = () => Promise.resolve({ deleted: ++calls * 0, cursor: null });
    const { anon, clock } = setUp(intercepting(inner, { deleteDue }));
    await anon.signInAnonymously();
    clock.now += DAY;
    await anon.admin.gc({ olderThan: "1h", dryRun: true });
    await anon.admin.gc({ olderThan: "1h", beforeDelete: () => false });
    assert.equal(calls, 0);
    await anon.admin.gc({ olderThan: "1h" });
    assert.equal(calls, 1);
    await store!.cleanup();
  });

  it("rejects with storage_unavailable if the storage fails", async () => {
    const [store] = STORES;
    const failing = intercepting(await store!.open(), { deleteDue: () => Promise.reject(new Error("gone")) });
    await refused(setUp(failing).anon.admin.gc({ olderThan: "1d" }), "storage_unavailable");
    await store!.cleanup();
  });

  it("recognises anonymous accounts by the beginning of their value", () => {
    const text = fc.string({ maxLength: 20 });
    fc.assert(
      fc.property(fc.boolean(), text, text, fc.dictionary(text, fc.jsonValue()), (anonymous, email, username, data) => {
        const times = { created: SECOND, updated: SECOND, lastActive: SECOND, fence: 0 };
        const rest = { verified: false, email, username, password: "$sha256$a$b", sessions: [], data };
        // in another order than in the type
        const stored = encodeAccount({ ...rest, ...times, collection: "users", id: "a", anonymous });
        assert.equal(stored.startsWith(ANONYMOUS_BEGINNING), anonymous);
        assert.equal(decodeAccount("users", "a", "acc:users:a", stored).anonymous, anonymous);
      }),
    );
  });
});
