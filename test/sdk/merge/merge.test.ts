import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Anon } from "../../../sdk/contract/anon.ts";
import type { AnonEvent, MergeStep } from "../../../sdk/contract/hooks.ts";
import { collect, DAY, PASSWORD, refused, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

const ADA = { email: "ada@example.com", password: PASSWORD };

async function pair(anon: Anon, guestData = {}, accountData = {}) {
  const { token } = await anon.convert((await anon.signInAnonymously()).token, { ...ADA, data: accountData });
  const guest = await anon.signInAnonymously({ data: guestData });
  const { record } = (await anon.authenticate(token))!;
  return { guest, account: { token, record } };
}

for (const { name, open, cleanup } of STORES) {
  describe(`merging on ${name}`, () => {
    it("moves fields and data, exchanges the token, and forwards the id until forwarding ends", async (t) => {
      t.after(cleanup);
      const events: AnonEvent[] = [];
      const moved: MergeStep[] = [];
      const { anon, clock } = setUp(await open(), {
        merge: { forwarding: "10d" },
        hooks: { merge: (step) => void moved.push(step) as undefined },
        onEvent: (event) => events.push(event),
      });
      const { guest, account } = await pair(anon, { cart: ["tea"], name: "guest" }, { name: "Ada", plan: "paid" });
      const { email, password } = { email: guest.record.email, password: "" };
      events.length = 0;
      const done = await anon.merge({ anonymous: guest.token, account: account.token });
      assert.equal(done.record.id, account.record.id);
      assert.deepEqual([done.record.cart, done.record.name, done.record.plan], [["tea"], "Ada", "paid"]);
      assert.deepEqual(
        moved.map(({ from, record, guest: was, strategy }) => [from, record.id, was.name, strategy]),
        [[guest.record.id, account.record.id, "guest", "keep-account"]],
      );
      assert.deepEqual(
        events.map(({ type, account: { id } }) => [type, id]),
        [
          ["session_ended", guest.record.id],
          ["merged", account.record.id],
        ],
      );

      const exchanged = await anon.authenticate(guest.token);
      assert.equal(exchanged?.record.id, account.record.id);
      assert.equal(anon.verifyToken(exchanged!.token)?.id, account.record.id);
      assert.equal(anon.verifyToken(exchanged!.token)?.anonymous, false);
      assert((await anon.authenticate(exchanged!.token))?.record);
      assert((await anon.authenticate(account.token))?.record);
      const old = await anon.admin.get(guest.record.id);
      assert.deepEqual([old?.id, old?.mergedFrom], [account.record.id, guest.record.id]);
      assert.equal((await anon.admin.get(account.record.id))?.mergedFrom, undefined);
      assert.equal(await anon.admin.findByEmail(email), null);
      await refused(anon.signInWithPassword(email, password), "invalid_credentials");
      assert.equal((await anon.admin.inspect(guest.record.id))?.merged?.into, account.record.id);
      await refused(anon.admin.update(guest.record.id, { a: 1 }), "not_found");
      await refused(anon.admin.hold(guest.record.id), "not_found");
      await refused(anon.admin.restore(guest.record.id), "not_found");
      assert.equal(await anon.admin.delete(guest.record.id), false);
      assert.deepEqual(
        (await collect(anon.admin.list())).map(({ id }) => id),
        [account.record.id],
      );

      // repeating the merge returns the same account
      const again = await anon.merge({ anonymous: guest.token, account: account.token });
      assert.equal(again.record.id, account.record.id);
      assert.equal(moved.length, 1);
      clock.now += 11 * DAY;
      const report = await anon.admin.gc({ olderThan: "0s" });
      assert.deepEqual([report.deleted, report.failed], [1, 0]);
      assert.equal(await anon.admin.get(guest.record.id), null);
      assert.equal(events.filter(({ type }) => type === "deleted").length, 0, "forgetting an id deletes no account");
      assert((await anon.admin.get(account.record.id))?.cart);
    });

    it("continues the same merge after the hook failed, and the guest stays usable until then", async (t) => {
      t.after(cleanup);
      const ids: string[] = [];
      let fails = true;
      const { anon } = setUp(await open(), {
        hooks: {
          merge: ({ mergeId }) => {
            ids.push(mergeId);
            if (fails) throw new Error("the shop is down");
          },
        },
      });
      const { guest, account } = await pair(anon, { cart: ["tea"] });
      const merging = () => anon.merge({ anonymous: guest.token, account: account.token });
      await assert.rejects(merging, /the shop is down/);
      assert.equal((await anon.authenticate(guest.token))?.record.id, guest.record.id);
      await anon.admin.update(guest.record.id, { cart: ["tea", "milk"] });
      assert.equal((await anon.authenticate(account.token))?.record.cart, undefined);
      await assert.rejects(merging, /the shop is down/);
      fails = false;
      assert.deepEqual((await merging()).record.cart, ["tea", "milk"]);
      assert.equal(ids.length, 3);
      assert.equal(new Set(ids).size, 1);
    });

    it("happens once for six concurrent calls", async (t) => {
      t.after(cleanup);
      const events: string[] = [];
      const { anon } = setUp(await open(), { onEvent: ({ type }) => events.push(type) });
      const { guest, account } = await pair(anon, { cart: ["tea"] });
      events.length = 0;
      const outcomes = await Promise.allSettled(
        Array.from({ length: 6 }, () => anon.merge({ anonymous: guest.token, account: account.token })),
      );
      for (const one of outcomes) {
        if (one.status === "rejected") assert.equal(one.reason.code, "conflict");
        else assert.deepEqual(one.value.record.cart, ["tea"]);
      }
      assert(outcomes.some(({ status }) => status === "fulfilled"));
      assert.equal(events.filter((type) => type === "merged").length, 1);
      assert.equal((await anon.listSessions(account.token)).length, 1);
    });
  });
}

describe("merging", () => {
  it("requires a token of the guest and one of the account before anything moves", async () => {
    const { anon } = setUp((await import("../../../storage-drivers/memory.ts")).default());
    const { guest, account } = await pair(anon as Anon, { cart: ["tea"] });
    const other = await anon.signInAnonymously();
    const foreign = await anon.signInAnonymously({ collection: "customers" });
    const merge = (anonymous: string, into: string) => anon.merge({ anonymous, account: into });
    await refused(merge(guest.token, guest.record.id), "invalid_token");
    await refused(merge(guest.record.id, account.token), "invalid_token");
    await refused(merge(guest.token, other.token), "not_registered");
    await refused(merge(guest.token, guest.token), "not_registered");
    await refused(merge(account.token, account.token), "already_registered");
    await refused(merge(foreign.token, account.token), "merge_refused");
    await refused(anon.merge(undefined as never), "invalid_token");
    await anon.signOut(other.token);
    await refused(merge(other.token, account.token), "invalid_token");
    await anon.admin.hold(guest.record.id);
    await refused(merge(guest.token, account.token), "account_held");
    assert.equal((await anon.authenticate(guest.token))?.record.id, guest.record.id);
    assert.equal((await anon.admin.get(account.record.id))?.cart, undefined);
  });
});
