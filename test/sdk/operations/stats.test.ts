/** `stats`: counts from the due queue, or of every account. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { Anon } from "../../../sdk/contract/anon.ts";
import type { StatsProgress } from "../../../sdk/types.ts";
import memory from "../../../storage-drivers/memory.ts";
import { type Clock, counting, DAY, HOUR, PASSWORD, refused, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

const AGES = { "1d": 0, "7d": 0, "30d": 0, "90d": 0, older: 0 };

/** Guests of 40 and 3 days, one registered, one held, one in quarantine, one with a code of a conversion. */
async function fill(anon: Anon, clock: Clock): Promise<void> {
  const { record: collected } = await anon.signInAnonymously();
  const { record: held } = await anon.signInAnonymously();
  await anon.admin.hold(held.id);
  clock.now += 30 * DAY;
  await anon.admin.gc({ olderThan: "20d" });
  assert.ok((await anon.admin.inspect(collected.id))?.quarantine);
  await anon.admin.createUser();
  clock.now += 37 * DAY;
  await anon.signInAnonymously();
  await anon.register({ email: "ada@example.com", password: PASSWORD });
  const { token } = await anon.signInAnonymously();
  clock.now += 3 * DAY;
  await anon.requestConversion(token, { email: "bob@example.com" });
  await anon.createTransferCode(token);
}

for (const store of STORES) {
  describe(`stats over ${store.name}`, () => {
    after(() => store.cleanup());

    const start = async () => {
      const { anon, clock } = setUp(await store.open(), { retention: "30d", quarantine: "300d" });
      await fill(anon as unknown as Anon, clock);
      return { anon: anon as unknown as Anon, clock };
    };

    it("counts from the due queue what that knows, and nothing else", async () => {
      const { anon, clock } = await start();
      const { exact, complete, at, collections, unconfigured } = await anon.admin.stats();
      assert.deepEqual([exact, complete, unconfigured], [false, true, 0]);
      assert.equal(at, new Date(clock.now).toISOString());
      const { queue, ...others } = collections.users ?? assert.fail("no users");
      assert.ok(
        Object.values(others).every((value) => value === null),
        JSON.stringify(others),
      );
      assert.deepEqual(queue, {
        accounts: 5,
        expected: null,
        first: 0,
        due: { now: 2, day: 2, week: 2 },
        oldest: new Date(clock.now - 70 * DAY + HOUR).toISOString(),
        codes: 2,
        idempotencyKeys: 0,
        expired: 0,
        locks: 0,
      });
      const later = (await anon.admin.stats({ olderThan: "4d" })).collections.users;
      assert.deepEqual(later?.queue.due, { now: 2, day: 2, week: 4 });
    });

    it("counts every account with exact", async () => {
      const { anon } = await start();
      const progress: StatsProgress[] = [];
      const result = await anon.admin.stats({ exact: true, onProgress: (sofar) => progress.push(sofar) });
      assert.deepEqual([result.exact, result.complete], [true, true]);
      const { queue, ...counts } = result.collections.users ?? assert.fail("no users");
      assert.deepEqual(counts, {
        accounts: { anonymous: 4, registered: 1, quarantined: 1, merged: 0 },
        held: 1,
        created: {
          anonymous: { ...AGES, "7d": 2, "90d": 2 },
          registered: { ...AGES, "7d": 1 },
        },
        // the one whose token asked for the codes was active
        lastActive: {
          anonymous: { ...AGES, "1d": 1, "7d": 1, "90d": 2 },
          registered: { ...AGES, "7d": 1 },
        },
        sessions: 2,
        merges: 0,
        conversions: 1,
        damaged: 0,
      });
      assert.deepEqual([queue.accounts, queue.expected], [5, 5]);
      assert.equal(progress.at(-1)?.accounts, 6);
    });

    it("counts each collection, also one that is not known before", async () => {
      const { anon } = await start();
      await anon.admin.createUser({ collection: "customers" });
      for (const exact of [false, true]) {
        const { collections } = await anon.admin.stats({ exact });
        assert.deepEqual(Object.keys(collections).sort(), ["customers", "users"]);
        assert.equal(collections.customers?.queue.accounts, 1);
        const one = await anon.admin.stats({ exact, collection: "customers" });
        assert.deepEqual(Object.keys(one.collections), ["customers"]);
        assert.deepEqual([one.collections.customers, one.unconfigured], [collections.customers, 0]);
      }
    });
  });
}

describe("stats", () => {
  it("counts accounts of collections that are not configured, and reports configured ones without accounts", async () => {
    const storage = memory();
    const before = setUp(storage).anon;
    await before.admin.createUser({ collection: "gone" });
    const { anon } = setUp(storage, { collections: { users: {} } });
    for (const exact of [false, true]) {
      const { collections, unconfigured } = await anon.admin.stats({ exact });
      assert.deepEqual([Object.keys(collections), unconfigured], [["users"], 1]);
      assert.equal(collections.users?.queue.accounts, 0);
      assert.equal(collections.users.queue.due, null);
    }
  });

  it("reads no value without exact", async () => {
    const { driver, calls } = counting(memory());
    const { anon } = setUp(driver);
    await anon.admin.createUser();
    const before = calls.read + calls.swap;
    await anon.admin.stats();
    assert.equal(calls.read + calls.swap, before);
  });

  it("counts damaged accounts, begun merges and unconfirmed locks", async () => {
    const storage = memory();
    const { anon } = setUp(storage);
    const { record, token } = await anon.signInAnonymously();
    await storage.swap("acc:users:aaaaaaaaaaaaaaa", null, "damaged", 0);
    await storage.swap(`clm:users:email:${"0".repeat(64)}`, null, "{}", 0);
    const key = `acc:users:${record.id}`;
    const text = (await storage.read(key)) ?? "";
    const merging = { id: "m", into: "x", strategy: "keep", sid: "s", accountSid: "t", key: "k", since: 1 };
    await storage.swap(key, text, JSON.stringify({ ...JSON.parse(text), v: 2, merging }), 1);
    assert.ok(await anon.authenticate(token));
    const users = (await anon.admin.stats({ exact: true })).collections.users;
    assert.deepEqual([users?.damaged, users?.merges, users?.queue.locks, users?.queue.first], [1, 1, 1, 1]);
  });

  it("says that it did not read all, if it was stopped or the queue is longer than asked for", async () => {
    const { anon } = setUp(memory());
    for (let made = 0; made < 3; made++) await anon.admin.createUser();
    const part = await anon.admin.stats({ maximum: 2 });
    assert.deepEqual([part.complete, part.collections.users?.queue.accounts], [false, 2]);
    assert.equal((await anon.admin.stats({ maximum: 3 })).complete, true);
    const stop = new AbortController();
    const stopped = await anon.admin.stats({ exact: true, signal: stop.signal, onProgress: () => stop.abort() });
    assert.equal(stopped.complete, false);
    await refused(anon.admin.stats({ maximum: 0 }), "invalid_options");
    await refused(anon.admin.stats({ olderThan: "soon" as "1d" }), "invalid_duration");
    await refused(anon.admin.stats({ collection: "No" }), "invalid_collection");
  });
});
