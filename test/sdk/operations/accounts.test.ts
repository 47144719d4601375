import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { Duration } from "../../../sdk/types.ts";
import memory from "../../../storage-drivers/memory.ts";
import { collect, HOUR, intercepting, MINUTE, PASSWORD, refused, SECOND, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

for (const store of STORES) {
  describe(`accounts over ${store.name}`, () => {
    after(() => store.cleanup());

    it("are read by id, and a missing one is null", async () => {
      const { anon } = setUp(await store.open());
      const { record } = await anon.signInAnonymously({ data: { theme: "dark" } });
      assert.deepEqual(await anon.admin.get(record.id), record);
      assert.deepEqual(await anon.admin.get({ id: record.id }), record);
      assert.deepEqual(await anon.admin.get({ id: record.id, collection: "users" }), record);
      assert.equal(await anon.admin.get({ id: record.id, collection: "others" }), null);
      for (const id of ["aaaaaaaaaaaaaaa", "", "x", record.id.toUpperCase(), `${record.id}:`, "__proto__", "a*"]) {
        assert.equal(await anon.admin.get(id), null);
      }
      assert.equal(await anon.admin.get(undefined as unknown as string), null);
      assert.equal(await anon.admin.get({ id: 5 as unknown as string }), null);
    });

    it("are found by email", async () => {
      const { anon } = setUp(await store.open());
      const { record } = await anon.signInAnonymously();
      assert.deepEqual(await anon.admin.findByEmail(record.email), record);
      assert.deepEqual(await anon.admin.findByEmail(record.email.toUpperCase()), record);
      assert.equal(await anon.admin.findByEmail(record.email, { collection: "others" }), null);
      assert.equal(await anon.admin.findByEmail(record.email.replace("anonymous.invalid", "example.com")), null);
      for (const email of ["", "no email", "nobody@example.com", null, 5]) {
        assert.equal(await anon.admin.findByEmail(email as string), null);
      }
    });

    it("are deleted with onlyAnonymous only while they are anonymous", async () => {
      const driver = await store.open();
      const { anon } = setUp(driver);
      const guest = await anon.signInAnonymously();
      // converts between the read and the delete
      const { anon: late } = setUp(
        intercepting(driver, {
          swap: async (key, expected, next, ...rest) => {
            if (next === null && key.endsWith(guest.record.id) && (await anon.admin.get(guest.record.id))?.anonymous) {
              await anon.convert(guest.token, { email: "ada@example.com", password: PASSWORD });
            }
            return driver.swap(key, expected, next, ...rest);
          },
        }),
      );
      assert.equal(await late.admin.delete(guest.record.id, { onlyAnonymous: true }), false);
      assert.equal((await anon.admin.get(guest.record.id))?.email, "ada@example.com");
      assert.equal(await anon.admin.delete(guest.record.id, { onlyAnonymous: true }), false);
      assert.equal(await anon.admin.delete(guest.record.id), true);
      const other = await anon.signInAnonymously();
      assert.equal(await anon.admin.delete(other.record.id, { onlyAnonymous: true }), true);
    });

    it("are listed by collection, kind and inactivity, up to a limit", async () => {
      const { anon, clock } = setUp(await store.open());
      const guests: string[] = [];
      for (let index = 0; index < 5; index++) guests.push((await anon.signInAnonymously()).record.id);
      const { record: other } = await anon.signInAnonymously({ collection: "users_too" });
      const converted = await anon.admin.convert(
        { id: guests[0] as string },
        { email: "a@example.com", password: PASSWORD },
      );
      clock.now += 3 * HOUR;
      const late = (await anon.signInAnonymously()).record.id;
      const ids = async (options: Parameters<typeof anon.admin.list>[0]): Promise<string[]> =>
        (await collect(anon.admin.list(options))).map(({ id }) => id).sort();
      assert.deepEqual(await ids({}), [...guests, late].sort());
      assert.deepEqual(await ids({ anonymous: true }), [...guests.slice(1), late].sort());
      assert.deepEqual(await ids({ anonymous: false }), [guests[0]]);
      assert.deepEqual(await ids({ collection: "users_too" }), [other.id]);
      assert.deepEqual(await ids({ collection: "empty" }), []);
      assert.deepEqual(await ids({ inactiveFor: "2h" }), guests.toSorted());
      assert.deepEqual(await ids({ inactiveFor: 2 * HOUR + 1 }), []);
      assert.deepEqual(await ids({ inactiveFor: "1h", anonymous: true }), guests.slice(1).sort());
      assert.equal((await ids({ limit: 2 })).length, 2);
      assert.equal((await ids({ limit: 2, anonymous: true })).length, 2);
      assert.equal((await ids({ limit: 100 })).length, 6);
      assert.equal((await ids({ limit: 0 })).length, 0);
      assert.deepEqual(await collect(anon.admin.list({ anonymous: false })), [converted.record]);
      for await (const record of anon.admin.list()) {
        assert.equal(record.collectionName, "users");
        break;
      }
      await refused(ids({ limit: -1 }), "invalid_options");
      await refused(ids({ limit: Number.NaN }), "invalid_options");
      await refused(ids({ inactiveFor: "soon" as Duration }), "invalid_duration");
      await refused(ids({ collection: "NO" }), "invalid_collection");
    });

    it("are listed completely when there are several pages", async () => {
      const { anon } = setUp(await store.open());
      const made = await Promise.all(Array.from({ length: 600 }, () => anon.signInAnonymously()));
      const listed = await collect(anon.admin.list());
      assert.deepEqual(listed.map(({ id }) => id).sort(), made.map(({ record }) => record.id).sort());
    });

    it("update the named fields, remove those set to undefined, and keep the rest", async () => {
      const driver = await store.open();
      const { anon, clock } = setUp(driver);
      const { record, token } = await anon.signInAnonymously({ data: { a: 1, b: { c: [true, null] } } });
      clock.now += MINUTE;
      const updated = await anon.admin.update(record.id, { a: undefined, d: "é\u2028" });
      const expected = { ...record, updated: new Date(clock.now).toISOString(), d: "é\u2028" } as typeof record;
      delete expected.a;
      assert.deepEqual(updated, expected);
      assert.deepEqual(await anon.admin.get(record.id), expected);
      assert.deepEqual((await anon.authenticate(token))?.record, expected);
      assert.deepEqual(await anon.admin.update(record.id, {}), expected);
      await refused(anon.admin.update("aaaaaaaaaaaaaaa", { a: 1 }), "not_found");
      await refused(anon.admin.update("nonsense", { a: 1 }), "not_found");
      await refused(anon.update(`${record.id}`, { a: 1 }), "invalid_token");
      await refused(anon.admin.update(record.id, null as unknown as { a: number }), "invalid_data");
      const queued = await driver.due(Number.MAX_SAFE_INTEGER, { limit: 10 });
      assert.deepEqual(queued.entries, [{ key: `acc:users:${record.id}`, due: clock.now - MINUTE + HOUR }]);
    });

    it("keep all of 70 concurrent updates", async () => {
      const { anon } = setUp(await store.open());
      const { record } = await anon.signInAnonymously();
      const names = Array.from({ length: 70 }, (_, index) => `field${index}`);
      await Promise.all(names.map((name, index) => anon.admin.update(record.id, { [name]: index })));
      const changed = await anon.admin.get(record.id);
      assert.deepEqual(
        names.map((name) => changed?.[name]),
        names.map((_, index) => index),
      );
    });

    it("are deleted once, with everything that belongs to them", async () => {
      const driver = await store.open();
      const { anon } = setUp(driver);
      const { record } = await anon.signInAnonymously();
      const outcomes = await Promise.all([1, 2, 3, 4].map(() => anon.admin.delete(record.id)));
      assert.equal(outcomes.filter((deleted) => deleted).length, 1);
      assert.equal(await anon.admin.delete(record.id), false);
      assert.equal(await anon.admin.delete("nonsense"), false);
      const guest = await anon.signInAnonymously();
      await anon.convert(guest.token, { email: "a@example.com", password: PASSWORD, username: "aaa" });
      assert.equal(await anon.admin.delete({ collection: "others", id: guest.record.id }), false);
      assert.equal(await anon.admin.delete({ id: guest.record.id }), true);
      assert.deepEqual(await collect(driver.keys("")), []);
      assert.deepEqual((await driver.due(Number.MAX_SAFE_INTEGER, { limit: 10 })).entries, []);
    });
  });
}

describe("a storage that fails", () => {
  it("makes every call fail, and never looks like a missing account", async () => {
    const inner = memory();
    const { token, record } = await setUp(inner).anon.signInAnonymously();
    for (const cause of [new Error("connection lost\nsecond line"), undefined, "text"]) {
      const fail = () => Promise.reject(cause);
      const { anon } = setUp(intercepting(inner, { read: fail, swap: fail, due: fail }));
      const calls = [
        () => anon.signInAnonymously(),
        () => anon.admin.createUser(),
        () => anon.signInWithPassword(record.email, "x"),
        () => anon.signInWithToken(token),
        () => anon.authenticate(token),
        () => anon.refresh(token),
        () => anon.signOut(token),
        () => anon.convert(token, { email: "a@example.com", password: PASSWORD }),
        () => anon.admin.get(record.id),
        () => anon.admin.findByEmail("a@example.com"),
        () => collect(anon.admin.list()),
        () => anon.admin.update(record.id, {}),
        () => anon.admin.delete(record.id),
        () => anon.admin.gc({ olderThan: "1d" }),
      ];
      for (const call of calls) {
        const error = await refused(call(), "storage_unavailable");
        assert.equal(error.status, 503);
        assert.equal(error.cause, cause);
        assert.equal(error.message.includes("second line"), false);
      }
    }
  });

  it("reports the key of a damaged value", async () => {
    const driver = memory();
    const { anon } = setUp(driver);
    const { record, token } = await anon.signInAnonymously();
    const key = `acc:users:${record.id}`;
    const valid = (await driver.read(key)) ?? "";
    const damaged = [
      "",
      "null",
      "5",
      "[]",
      "{}",
      '"text"',
      valid.slice(0, -1),
      valid.replace('"v":1', '"v":3'),
      valid.replace('"v":1', '"v":2,"hold":{}'),
      valid.replace('"v":1', '"v":2,"quarantine":{"since":1}'),
      valid.replace('"v":1', '"v":2,"warning":null'),
      valid.replace('"v":1', '"v":2,"identities":[null]'),
      valid.replace('"data":{}', '"data":[]'),
      valid.replace(/"created":\d+,"updated"/, '"created":9e99,"updated"'),
      valid.replace(/"sessions":\[.*?\]/, '"sessions":[null]'),
    ];
    for (const text of damaged) {
      assert(await driver.swap(key, await driver.read(key), text));
      for (const call of [
        () => anon.admin.get(record.id),
        () => anon.authenticate(token),
        () => collect(anon.admin.list()),
      ]) {
        const error = await refused(call(), "storage_corrupt");
        assert(error.message.includes(key), error.message);
      }
    }
  });

  it("does not hide other accounts from a list, which reports damaged ones at the end", async () => {
    const driver = memory();
    const { anon } = setUp(driver);
    for (let i = 0; i < 5; i++) await anon.signInAnonymously();
    await driver.swap("acc:users:aaaaaaaaaaaaaaa", null, "damaged");
    await driver.swap("acc:users:zzzzzzzzzzzzzzz", null, "{}");
    const seen = new Set<string>();
    const error = await refused(
      (async () => {
        for await (const { id } of anon.admin.list()) seen.add(id);
      })(),
      "storage_corrupt",
    );
    assert.equal(seen.size, 5);
    assert.match(error.message, /acc:users:(a{15}|z{15}).*2 are damaged$/);
    assert.equal((await collect(anon.admin.list({ limit: 1 }))).length, 1);
  });

  it("makes calls fail after dispose", async () => {
    const { anon } = setUp(memory());
    await anon.dispose();
    await refused(anon.signInAnonymously(), "storage_unavailable");
  });
});

describe("the clock", () => {
  it("is the system clock unless another is passed", async () => {
    const { anon } = setUp(memory(), { now: undefined });
    const { record } = await anon.signInAnonymously();
    assert(Math.abs(Date.parse(record.created) - Date.now()) < 30 * SECOND);
  });
});
