import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import memory from "../../../storage-drivers/memory.ts";
import { counting, DAY, HOUR, MINUTE, PASSWORD, refused, SECRET, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

const BUILT_IN = ["id", "collectionName", "email", "username", "verified", "anonymous", "created", "updated"];

for (const store of STORES) {
  describe(`signing in over ${store.name}`, () => {
    after(() => store.cleanup());

    it("returns a token and a record, and nothing else", async () => {
      const { anon, clock } = setUp(await store.open());
      const { token, record, ...rest } = await anon.signInAnonymously();
      assert.deepEqual(rest, {});
      assert.deepEqual(Object.keys(record), BUILT_IN);
      assert.match(record.id, /^[a-z0-9]{15}$/);
      const now = new Date(clock.now).toISOString();
      assert.deepEqual(record, {
        id: record.id,
        collectionName: "users",
        email: `anon-${record.id}@anonymous.invalid`,
        username: `anon_${record.id}`,
        verified: false,
        anonymous: true,
        created: now,
        updated: now,
      });
      const claims = anon.verifyToken(token);
      assert.deepEqual(claims, {
        type: "auth",
        id: record.id,
        sub: record.id,
        collectionId: "users",
        sid: claims?.sid,
        anonymous: true,
        refreshable: true,
        iat: Math.floor(clock.now / 1000),
        exp: Math.floor((clock.now + 30 * DAY) / 1000),
      });
      assert.match(claims?.sid ?? "", /^[a-z0-9]{16}$/);
    });

    it("costs one write and no read", async () => {
      const { driver, calls } = counting(await store.open());
      const { anon } = setUp(driver);
      await anon.signInAnonymously();
      assert.deepEqual(calls, { read: 0, swap: 1, due: 0, keys: 0 });
      await anon.signInAnonymously({ data: { cart: [1, 2] } });
      await anon.admin.createUser();
      assert.deepEqual(calls, { read: 0, swap: 3, due: 0, keys: 0 });
    });

    it("authenticates with one read, and writes once activityResolution has passed", async () => {
      const { driver, calls } = counting(await store.open());
      const { anon, clock } = setUp(driver);
      const { token, record } = await anon.signInAnonymously();
      calls.swap = 0;
      for (let visit = 1; visit <= 5; visit++) {
        clock.now += 10 * MINUTE;
        assert.deepEqual((await anon.authenticate(token))?.record, record);
      }
      assert.deepEqual(calls, { read: 5, swap: 0, due: 0, keys: 0 });
      clock.now += 10 * MINUTE;
      assert.deepEqual((await anon.authenticate(token))?.record, record, "activity does not change the record");
      assert.deepEqual(calls, { read: 6, swap: 1, due: 0, keys: 0 });
      clock.now += HOUR - 1;
      await anon.authenticate(token);
      assert.deepEqual(calls, { read: 7, swap: 1, due: 0, keys: 0 });
    });

    it("reads nothing for a token with an invalid signature", async () => {
      const { driver, calls } = counting(await store.open());
      const { anon } = setUp(driver);
      for (const junk of ["", "a.b.c", "x", "..", "a".repeat(5000)]) assert.equal(await anon.authenticate(junk), null);
      assert.equal(await anon.authenticate(undefined as unknown as string), null);
      assert.deepEqual(calls, { read: 0, swap: 0, due: 0, keys: 0 });
    });

    it("works with the password that createUser returned, by email and username in any case", async () => {
      const { anon } = setUp(await store.open());
      const { record, email, password, ...rest } = await anon.admin.createUser({ data: { plan: "free" } });
      assert.deepEqual(rest, {});
      assert.equal(email, record.email);
      assert.equal(record.plan, "free");
      assert.match(password, /^[0-9a-hjkmnp-tv-z]{26}$/);
      for (const identity of [email, email.toUpperCase(), record.username, record.username.toUpperCase()]) {
        const signedIn = await anon.signInWithPassword(identity, password);
        assert.deepEqual(signedIn.record, record);
        assert.deepEqual((await anon.authenticate(signedIn.token))?.record, record);
      }
      await refused(anon.signInWithPassword(email, `${password}x`), "invalid_credentials");
      await refused(anon.signInWithPassword(email, password.toUpperCase()), "invalid_credentials");
      await refused(anon.signInWithPassword(`x${email}`, password), "invalid_credentials");
      await refused(anon.signInWithPassword("anon_aaaaaaaaaaaaaaa", password), "invalid_credentials");
      await refused(anon.signInWithPassword(email, "x".repeat(2000)), "invalid_credentials");
      await refused(anon.signInWithPassword("", ""), "invalid_credentials");
      await refused(anon.signInWithPassword(null as unknown as string, password), "invalid_credentials");
    });

    it("keeps collections separate", async () => {
      const driver = await store.open();
      const { anon } = setUp(driver, {
        collections: { users: {}, customers: { guestEmailDomain: "Guests.Müller.de" } },
      });
      const user = await anon.signInAnonymously();
      const made = await anon.admin.createUser({ collection: "customers" });
      assert.equal(made.record.collectionName, "customers");
      assert.equal(made.email, `anon-${made.record.id}@guests.xn--mller-kva.de`);
      assert.equal(await anon.admin.get(made.record.id), null);
      assert.equal(await anon.admin.findByEmail(made.email), null);
      assert.equal((await anon.admin.findByEmail(made.email, { collection: "customers" }))?.id, made.record.id);
      await refused(anon.signInWithPassword(made.email, made.password), "invalid_credentials");
      const customer = await anon.signInWithPassword(made.email, made.password, { collection: "customers" });
      assert.equal(anon.verifyToken(customer.token)?.collectionId, "customers");
      assert.equal((await anon.authenticate(customer.token))?.record.collectionName, "customers");
      assert.equal(await anon.admin.delete({ collection: "customers", id: user.record.id }), false);
      assert.notEqual(await anon.authenticate(user.token), null);

      // the same id in another collection is a different account, and the token names the collection
      const key = `acc:users:${user.record.id}`;
      await driver.swap(`acc:customers:${user.record.id}`, null, await driver.read(key));
      assert.equal((await anon.authenticate(user.token))?.record.collectionName, "users");
      await anon.admin.delete(user.record.id);
      assert.equal(await anon.authenticate(user.token), null);
    });

    it("refuses a token of a collection that is not configured", async () => {
      const driver = await store.open();
      const { token } = await setUp(driver).anon.signInAnonymously({ collection: "customers" });
      const { anon } = setUp(driver, { collections: { users: {} } });
      assert.equal(anon.verifyToken(token), null);
      assert.equal(await anon.authenticate(token), null);
      await refused(anon.signInWithToken(token), "invalid_token");
      await refused(anon.refresh(token), "invalid_token");
      await refused(anon.convert(token, { email: "ada@example.com", password: PASSWORD }), "invalid_token");
      await anon.signOut(token);
      assert.notEqual(await setUp(driver).anon.authenticate(token), null);
    });

    it("stores neither the password nor the token", async () => {
      const driver = await store.open();
      const { anon } = setUp(driver);
      const { record, password } = await anon.admin.createUser();
      const { token } = await anon.signInWithPassword(record.email, password);
      const stored = (await driver.read(`acc:users:${record.id}`)) ?? "";
      for (const secret of [password, token, token.split(".")[2] as string, SECRET]) {
        assert.equal(stored.includes(secret), false);
      }
    });
  });
}

describe("many guests", () => {
  it("get 10,000 different ids, emails and sessions", async () => {
    const { anon } = setUp(memory());
    const signedIn = await Promise.all(Array.from({ length: 10_000 }, () => anon.signInAnonymously()));
    assert.equal(new Set(signedIn.map(({ record }) => record.id)).size, 10_000);
    assert.equal(new Set(signedIn.map(({ record }) => record.email)).size, 10_000);
    assert.equal(new Set(signedIn.map(({ token }) => anon.verifyToken(token)?.sid)).size, 10_000);
  });

  it("get the configured email domain in lower case", async () => {
    const { anon } = setUp(memory(), { guestEmailDomain: "GUESTS.example.com" });
    const { record } = await anon.signInAnonymously();
    assert.equal(record.email, `anon-${record.id}@guests.example.com`);
    assert.equal((await anon.admin.findByEmail(record.email.toUpperCase()))?.id, record.id);
    await refused(
      anon.admin.convert({ id: record.id }, { email: "ada@guests.example.com", password: PASSWORD }),
      "reserved_email",
    );
  });
});
