import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { EndedSessions } from "../../../sdk/contract/hooks.ts";
import memory from "../../../storage-drivers/memory.ts";
import { DAY, intercepting, PASSWORD, refused, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

const ADA = { email: "ada@example.com", password: PASSWORD };

for (const { name, open, cleanup } of STORES) {
  describe(`self-service on ${name}`, () => {
    it("lists the valid sessions, and ends only the named one", async (t) => {
      t.after(cleanup);
      const ended: EndedSessions[] = [];
      const { anon, clock } = setUp(await open(), {
        collections: { users: { sessionTtl: "10d" }, customers: {} },
        hooks: { afterSessionEnd: (done) => ended.push(done) },
      });
      const first = await anon.convert((await anon.signInAnonymously()).token, ADA);
      ended.length = 0;
      clock.now += DAY;
      const second = await anon.signInWithPassword(ADA.email, PASSWORD);
      const third = await anon.signInWithPassword(ADA.email, PASSWORD);
      const sid = (token: string): string => anon.verifyToken(token)?.sid ?? "";
      const list = await anon.listSessions(second.token);
      assert.deepEqual(
        list.map(({ id, current }) => [id, current]),
        [
          [sid(first.token), false],
          [sid(second.token), true],
          [sid(third.token), false],
        ].sort((one, other) => list.findIndex(({ id }) => id === one[0]) - list.findIndex(({ id }) => id === other[0])),
      );
      assert.equal(list[0]?.id, sid(first.token), "the oldest first");
      assert.equal(Date.parse(list[1]!.expires) - Date.parse(list[1]!.created), 10 * DAY);

      assert.equal(await anon.endSession(second.token, sid(third.token)), true);
      assert.equal(await anon.endSession(second.token, sid(third.token)), false);
      assert.equal(await anon.endSession(second.token, "no such session"), false);
      assert.equal(await anon.authenticate(third.token), null);
      assert(await anon.authenticate(first.token));
      assert.deepEqual(
        ended.map(({ sessions, reason }) => [sessions, reason]),
        [[[sid(third.token)], "ended"]],
      );
      await refused(anon.endSession(third.token, sid(first.token)), "invalid_token");
      await refused(anon.listSessions(third.token), "invalid_token");

      const ref = { id: first.record.id };
      assert.equal((await anon.admin.listSessions(ref)).length, 2);
      assert.equal(await anon.admin.endSession(ref, sid(first.token)), true);
      assert.equal(await anon.authenticate(first.token), null);
      await refused(anon.admin.listSessions({ collection: "customers", ...ref }), "not_found");
      await refused(anon.admin.endSession({ id: "aaaaaaaaaaaaaaa" }, "x"), "not_found");
      clock.now += 11 * DAY;
      assert.deepEqual(await anon.admin.listSessions(ref), [], "expired sessions are not listed");
    });

    it("exports the stored data without password hashes", async (t) => {
      t.after(cleanup);
      const { anon, clock } = setUp(await open());
      const { token, record } = await anon.signInAnonymously({ data: { cart: ["tea"], note: "é ☃" } });
      const exported = await anon.exportAccount(token);
      assert.deepEqual(exported.record, record);
      assert.deepEqual(exported.sessions, await anon.listSessions(token));
      assert.equal(exported.lastActive, new Date(clock.now).toISOString());
      assert.deepEqual(JSON.parse(JSON.stringify(exported)), exported);
      assert.doesNotMatch(JSON.stringify(exported), /\$|sha256|argon|password|fence/i);
      assert.equal((await anon.admin.exportAccount({ id: record.id })).sessions[0]?.current, false);
      await anon.signOut(token);
      await refused(anon.exportAccount(token), "invalid_token");
      await refused(anon.admin.exportAccount({ id: "aaaaaaaaaaaaaaa" }), "not_found");
    });

    it("deletes a guest and a registered account by their token, without a password", async (t) => {
      t.after(cleanup);
      const { anon } = setUp(await open());
      const guest = await anon.signInAnonymously();
      await anon.deleteAccount(guest.token);
      assert.equal(await anon.admin.get(guest.record.id), null);
      await refused(anon.deleteAccount(guest.token), "invalid_token");
      const member = await anon.convert((await anon.signInAnonymously()).token, ADA);
      await anon.deleteAccount(member.token);
      assert.equal(await anon.admin.findByEmail(ADA.email), null);
      const next = await anon.convert((await anon.signInAnonymously()).token, ADA);
      assert.notEqual(next.record.id, member.record.id);
      await anon.signOut(next.token);
      await refused(anon.deleteAccount(next.token), "invalid_token");
      assert(await anon.admin.findByEmail(ADA.email));
    });
  });
}

it("deleteAccount does not delete the account if its session ends meanwhile", async () => {
  const driver = memory();
  const { anon: other } = setUp(driver);
  const { token, record } = await other.signInAnonymously();
  let meanwhile: (() => Promise<void>) | null = () => other.signOut(token);
  const late = intercepting(driver, {
    swap: async (...swap) => {
      const action = meanwhile;
      meanwhile = null;
      await action?.();
      return driver.swap(...swap);
    },
  });
  await refused(setUp(late).anon.deleteAccount(token), "invalid_token");
  assert(await other.admin.get(record.id));
});
