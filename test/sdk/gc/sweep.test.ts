/**
 * gc where the storage itself deletes what nobody has to weigh: the same accounts, report and order as without that. Only
 * damage behind the beginning of a value goes unseen there.
 */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { ANONYMOUS_BEGINNING, decodeAccount, encodeAccount } from "../../../sdk/account/codec.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import { counts, guests, NOTHING_KEPT } from "../../support/gc.ts";
import { collect, DAY, HOUR, intercepting, MINUTE, PASSWORD, refused, SECOND, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

// enough that every queue of a driver that has several gets its share
const MANY = 120;

/** Guests of two collections from ten days to a minute ago, and among them everything that must be kept. */
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
  // due by the resolution of when they were active, and not yet by the one of when gc runs
  await guests(world, 30, "shops");
  clock.now += 2 * HOUR + 10 * MINUTE;
  await guests(world, 2);
  return world;
}

for (const store of STORES) {
  describe(`gc where accounts are stored, over ${store.name}`, () => {
    after(() => store.cleanup());

    it("keeps and reports what it would by reading every account", async () => {
      const outcomes: unknown[] = [];
      for (const plain of [true, false]) {
        const driver = await store.open();
        const { clock } = await populate(driver);
        const used = plain ? intercepting(driver, { deleteDue: undefined }) : driver;
        const options = { collections: { users: {}, shops: { activityResolution: "2h" } }, now: () => clock.now };
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
        // those that were kept stay where the servers queued them
        examined: 4 + 30,
        kept: 3 + 1 + 1 + 30 + 2,
      });
    });

    it("deletes the oldest when there is a limit, in batches that are told about", async () => {
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

    it("stops between batches when told to", async () => {
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

    it("keeps whoever authenticates or converts while it is at work", async () => {
      const driver = await store.open();
      const { anon, clock } = setUp(driver);
      const visitors = await Promise.all(Array.from({ length: MANY }, () => anon.signInAnonymously()));
      clock.now += 10 * DAY;
      const [report, ...answers] = await Promise.all([
        anon.admin.gc({ olderThan: "1d", batch: 16 }),
        ...visitors.map(({ token }, index) =>
          index % 2 === 0
            ? anon.authenticate(token)
            : anon.convert(token, { email: `${index}@example.com`, password: PASSWORD }).catch(() => null),
        ),
      ]);
      const accepted = visitors.filter((_, index) => answers[index] !== null);
      assert.equal(report.deleted + accepted.length, MANY);
      for (const { record } of accepted)
        assert.notEqual(await anon.admin.get(record.id), null, "was accepted and is gone");
    });
  });
}

describe("gc where accounts are stored", () => {
  it("is not asked for a dry run, or when somebody has a say", async () => {
    const [store] = STORES;
    const inner = await store!.open();
    let asked = 0;
    const deleteDue = () => Promise.resolve({ deleted: ++asked * 0, cursor: null });
    const { anon, clock } = setUp(intercepting(inner, { deleteDue }));
    await anon.signInAnonymously();
    clock.now += DAY;
    await anon.admin.gc({ olderThan: "1h", dryRun: true });
    await anon.admin.gc({ olderThan: "1h", beforeDelete: () => false });
    assert.equal(asked, 0);
    await anon.admin.gc({ olderThan: "1h" });
    assert.equal(asked, 1);
    await store!.cleanup();
  });

  it("fails with the storage", async () => {
    const [store] = STORES;
    const failing = intercepting(await store!.open(), { deleteDue: () => Promise.reject(new Error("gone")) });
    await refused(setUp(failing).anon.admin.gc({ olderThan: "1d" }), "storage_unavailable");
    await store!.cleanup();
  });

  it("an anonymous account, and no other, begins as gc expects", () => {
    const text = fc.string({ maxLength: 20 });
    fc.assert(
      fc.property(fc.boolean(), text, text, fc.dictionary(text, fc.jsonValue()), (anonymous, email, username, data) => {
        const times = { created: SECOND, updated: SECOND, lastActive: SECOND, fence: 0 };
        const rest = { verified: false, email, username, password: "$sha256$a$b", sessions: [], data };
        // in another order than the type has them
        const stored = encodeAccount({ ...rest, ...times, collection: "users", id: "a", anonymous });
        assert.equal(stored.startsWith(ANONYMOUS_BEGINNING), anonymous);
        assert.equal(decodeAccount("users", "a", "acc:users:a", stored).anonymous, anonymous);
      }),
    );
  });
});
