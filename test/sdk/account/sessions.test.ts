import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import memory from "../../../storage-drivers/memory.ts";
import { counting, DAY, HOUR, MINUTE, OTHER_SECRET, refused, SECOND, SECRET, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

const TTL = 30 * DAY;

for (const store of STORES) {
  describe(`sessions over ${store.name}`, () => {
    after(() => store.cleanup());

    it("are renewed after half of their lifetime, and the previous token stays valid until it expires", async () => {
      const { anon, clock } = setUp(await store.open());
      const begin = clock.now;
      const { token, record } = await anon.signInAnonymously();
      clock.now = begin + TTL / 2;
      const before = await anon.authenticate(token);
      assert.equal(before?.token, token);
      clock.now++;
      const renewed = await anon.authenticate(token);
      assert(renewed && renewed.token !== token);
      assert.deepEqual(renewed.record, record);
      assert.equal(renewed.claims.sid, before?.claims.sid);
      assert.equal(renewed.claims.exp, Math.floor((clock.now + TTL) / SECOND));
      assert.deepEqual(anon.verifyToken(renewed.token), renewed.claims);

      clock.now = begin + TTL - SECOND;
      // the response with the new token may have been lost: the old token is exchanged again
      const late = await anon.authenticate(token);
      assert.equal(late?.claims.exp, renewed.claims.exp);
      assert.equal((await anon.authenticate(late?.token ?? ""))?.token, late?.token);
      clock.now = begin + TTL;
      assert.equal(await anon.authenticate(token), null);
      assert.equal(anon.verifyToken(token), null);
      assert.notEqual(await anon.authenticate(renewed.token), null);
      clock.now = renewed.claims.exp * SECOND - 1;
      assert.notEqual((await anon.authenticate(renewed.token))?.token, renewed.token);
    });

    it("end when they are unused for sessionTtl", async () => {
      const { anon, clock } = setUp(await store.open(), { sessionTtl: "2h" });
      const { token } = await anon.signInAnonymously();
      clock.now += 2 * HOUR;
      assert.equal(await anon.authenticate(token), null);
      await refused(anon.refresh(token), "invalid_token");
      await refused(anon.signInWithToken(token), "invalid_token");
    });

    it("stay valid for as long as they are used", async () => {
      const { anon, clock } = setUp(await store.open(), { sessionTtl: "2h" });
      let { token } = await anon.signInAnonymously();
      for (let visit = 0; visit < 10; visit++) {
        clock.now += 90 * MINUTE;
        const visitor = await anon.authenticate(token);
        assert(visitor, `visit ${visit}`);
        token = visitor.token;
      }
    });

    it("are refreshed on request, with a new token for the same session", async () => {
      const { anon, clock } = setUp(await store.open());
      const { token, record } = await anon.signInAnonymously();
      clock.now += DAY;
      const fresh = await anon.refresh(token);
      assert.deepEqual(fresh.record, record);
      assert.deepEqual(Object.keys(fresh), ["token", "record"]);
      assert.equal(anon.verifyToken(fresh.token)?.sid, anon.verifyToken(token)?.sid);
      assert.equal(anon.verifyToken(fresh.token)?.exp, Math.floor((clock.now + TTL) / SECOND));
      assert.notEqual(await anon.authenticate(token), null);
      await refused(anon.refresh("nonsense"), "invalid_token");
    });

    it("are continued by signInWithToken", async () => {
      const { anon } = setUp(await store.open());
      const { token, record } = await anon.signInAnonymously();
      assert.deepEqual(await anon.signInWithToken(token), { token, record });
      await refused(anon.signInWithToken("nonsense"), "invalid_token");
    });

    it("end one at a time or all at once, and the token of an ended session ends nothing", async () => {
      const { anon, clock } = setUp(await store.open());
      const { record, password } = await anon.admin.createUser();
      const [one, two, three] = await Promise.all([1, 2, 3].map(() => anon.signInWithPassword(record.email, password)));
      assert(one && two && three);
      await anon.signOut(one.token);
      assert.equal(await anon.authenticate(one.token), null);
      assert.notEqual(anon.verifyToken(one.token), null, "verifyToken does not read the storage");
      assert.notEqual(await anon.authenticate(two.token), null);
      await refused(anon.refresh(one.token), "invalid_token");

      await anon.signOut(one.token, { everywhere: true });
      await anon.signOut("nonsense", { everywhere: true });
      await anon.signOut(undefined as unknown as string);
      assert.notEqual(await anon.authenticate(two.token), null);

      await anon.signOut(two.token, { everywhere: true });
      assert.equal(await anon.authenticate(two.token), null);
      assert.equal(await anon.authenticate(three.token), null);
      assert.notEqual(await anon.admin.get(record.id), null, "the account stays");

      const last = await anon.signInWithPassword(record.email, password);
      clock.now += TTL;
      await anon.signOut(last.token, { everywhere: true });
      assert.notEqual(await anon.admin.get(record.id), null);
    });

    it("are limited to 16: the least recently used one ends", async () => {
      const { anon, clock } = setUp(await store.open());
      const { record, password } = await anon.admin.createUser();
      const tokens: string[] = [];
      for (let device = 0; device < 16; device++) {
        clock.now += MINUTE;
        tokens.push((await anon.signInWithPassword(record.email, password)).token);
      }
      for (const token of tokens) assert.notEqual(await anon.authenticate(token), null);
      clock.now += MINUTE;
      // the first one is used, so the second is now the least recently used
      await anon.refresh(tokens[0] as string);
      clock.now += MINUTE;
      tokens.push((await anon.signInWithPassword(record.email, password)).token);
      const alive = await Promise.all(tokens.map(async (token) => (await anon.authenticate(token)) !== null));
      assert.deepEqual(
        alive,
        tokens.map((_, index) => index !== 1),
      );
    });

    it("end with their account", async () => {
      const { anon } = setUp(await store.open());
      const { token, record } = await anon.signInAnonymously();
      assert.equal(await anon.admin.delete(record.id), true);
      assert.equal(await anon.authenticate(token), null);
      await refused(anon.refresh(token), "invalid_token");
      await anon.signOut(token);
      assert.equal(await anon.admin.get(record.id), null, "signing out does not restore the account");
    });

    it("survive a clock that is set back", async () => {
      const { anon, clock } = setUp(await store.open());
      const { token, record } = await anon.signInAnonymously();
      clock.now -= DAY;
      assert.notEqual(await anon.authenticate(token), null);
      await anon.refresh(token);
      const other = await anon.admin.createUser();
      await anon.signInWithPassword(other.email, other.password);
      clock.now += DAY + HOUR;
      assert.notEqual(await anon.authenticate(token), null);
      // the earlier time did not overwrite the later activity
      const inactive = [];
      for await (const { id } of anon.admin.list({ inactiveFor: "30m" })) inactive.push(id);
      assert.deepEqual(inactive, [other.record.id]);
      assert.equal((await anon.admin.gc({ olderThan: "2h" })).deleted, 1);
      assert.notEqual(await anon.admin.get(record.id), null);
    });

    it("are renewed by 50 concurrent requests without a failure", async () => {
      const { anon, clock } = setUp(await store.open());
      const { token, record } = await anon.signInAnonymously();
      clock.now += TTL / 2 + 1;
      const visits = await Promise.all(Array.from({ length: 50 }, () => anon.authenticate(token)));
      for (const visit of visits) {
        assert(visit);
        assert.deepEqual(visit.record, record);
        assert.notEqual(await anon.authenticate(visit.token), null);
      }
      assert(visits.some((visit) => visit?.token !== token));
    });

    it("record activity for 100 concurrent requests without resolution, and write once per millisecond", async () => {
      const { driver, calls } = counting(await store.open());
      const { anon, clock } = setUp(driver, { activityResolution: "0s" });
      const { token } = await anon.signInAnonymously();
      clock.now++;
      const visits = await Promise.all(Array.from({ length: 100 }, () => anon.authenticate(token)));
      assert(visits.every((visit) => visit !== null));
      assert(calls.swap <= 101, "activity is written once per millisecond");
    });
  });
}

describe("authenticate", () => {
  it("accepts a request with the token in its Authorization header, raw or after Bearer", async () => {
    const { anon } = setUp(memory());
    const { token, record } = await anon.signInAnonymously();
    const request = (headers: Record<string, string>) => new Request("http://localhost/", { headers });
    for (const authorization of [token, `Bearer ${token}`, `bearer   ${token}`, `  ${token}  `]) {
      assert.equal((await anon.authenticate(request({ authorization })))?.record.id, record.id);
    }
    for (const authorization of [
      "",
      "Bearer",
      "Bearer ",
      `Basic ${token}`,
      `Bearer ${token}x`,
      `Bearer Bearer ${token}`,
    ]) {
      assert.equal(await anon.authenticate(request({ authorization })), null, authorization.split(" ")[0]);
    }
    assert.equal(await anon.authenticate(request({})), null);
  });
});

describe("secret rotation", () => {
  it("accepts tokens of an old secret and returns tokens of the new one", async () => {
    const driver = memory();
    const old = setUp(driver).anon;
    const { token, record } = await old.signInAnonymously();

    const both = setUp(driver, { secret: [OTHER_SECRET, SECRET] }).anon;
    assert.equal(both.verifyToken(token)?.id, record.id);
    const visitor = await both.authenticate(token);
    assert(visitor && visitor.token !== token);
    assert.deepEqual(visitor.record, record);
    assert.equal(visitor.claims.sid, both.verifyToken(token)?.sid);
    assert.equal((await both.authenticate(visitor.token))?.token, visitor.token);

    const fresh = setUp(driver, { secret: OTHER_SECRET }).anon;
    assert.equal(fresh.verifyToken(token), null);
    assert.equal(await fresh.authenticate(token), null);
    assert.equal((await fresh.authenticate(visitor.token))?.record.id, record.id);
    assert.equal(old.verifyToken(visitor.token), null);
  });
});
