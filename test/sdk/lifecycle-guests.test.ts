/** One test for each arrow of docs/lifecycle.md that begins at a guest, a merged guest or a quarantined guest. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { checkState, guest, setUpLifecycle } from "../support/lifecycle.ts";
import { DAY, refused } from "../support/sdk.ts";
import { STORES } from "../support/stores.ts";

for (const store of STORES) {
  describe(`the life of a guest on ${store.name}`, () => {
    after(() => store.cleanup());

    it("arrow 1, create: a new guest exists, signed in or not", async () => {
      const life = await setUpLifecycle(store);
      const { anon } = life;
      assert.equal(await anon.admin.get("aaaaaaaaaaaaaaa"), null);
      await checkState(life, await guest(anon), "guest");
      const { record, email, password } = await anon.admin.createUser();
      const { token } = await anon.signInWithPassword(email, password);
      await checkState(life, { id: record.id, token }, "guest");
      assert.equal((await anon.admin.inspect(record.id))?.sessions, 1);
    });

    it("arrow 2, use: a guest stays a guest when it is active, signs in on another device and signs out", async () => {
      const life = await setUpLifecycle(store);
      const { anon, clock } = life;
      const who = await guest(anon);
      await checkState(life, who, "guest");
      clock.now += 9 * DAY;
      assert(await anon.authenticate(who.token));
      const { code } = await anon.createTransferCode(who.token);
      const phone = await anon.signInWithTransferCode(code);
      assert.equal(phone.record.id, who.id);
      await anon.admin.update(who.id, { cart: ["tea"] });
      clock.now += 9 * DAY;
      assert.deepEqual((await anon.authenticate(who.token))?.record.cart, ["tea"]);
      await anon.signOut(phone.token);
      await checkState(life, who, "guest");
    });

    it("arrow 3, convert: a guest is registered under the same id, and its other sessions end", async () => {
      const life = await setUpLifecycle(store);
      const { anon, clock } = life;
      const who = await guest(anon, { cart: ["tea"] });
      await checkState(life, who, "guest");
      const identity = { provider: "oidc.example", subject: "1" };
      const { record, token } = await anon.convertWithIdentity(who.token, identity);
      assert.deepEqual([record.id, record.cart], [who.id, ["tea"]]);
      assert.equal(await anon.authenticate(who.token), null);
      await checkState(life, { id: who.id, token }, "registered");
      clock.now += 100 * DAY;
      assert.equal((await anon.admin.gc()).deleted, 0);
      await checkState(life, { id: who.id, token }, "registered");
    });

    it("arrow 4, merge: a guest's data, id and token lead to the account", async () => {
      const life = await setUpLifecycle(store, "7d");
      const { anon, other } = life;
      const who = await guest(anon, { cart: ["tea"] });
      await checkState(life, who, "guest");
      const { record } = await anon.merge({ anonymous: who.token, account: other.token });
      assert.deepEqual([record.id, record.cart], [other.id, ["tea"]]);
      assert.equal((await anon.admin.get(who.id))?.id, other.id);
      await checkState(life, who, "merged");
      await checkState(life, other, "registered");
    });

    it("arrow 5, gc with a quarantine: an inactive guest goes to quarantine", async () => {
      const life = await setUpLifecycle(store, "7d");
      const { anon, clock } = life;
      const who = await guest(anon);
      await checkState(life, who, "guest");
      clock.now += 11 * DAY;
      await anon.admin.hold(who.id);
      assert.equal((await anon.admin.gc()).kept.held, 1, "gc keeps a guest on hold");
      await anon.admin.release(who.id);
      const { quarantined, deleted } = await anon.admin.gc();
      assert.deepEqual([quarantined, deleted], [1, 0]);
      await checkState(life, who, "quarantine");
    });

    it("arrow 5, gc without a quarantine: an inactive guest is deleted", async () => {
      const life = await setUpLifecycle(store);
      const { anon, clock } = life;
      const who = await guest(anon);
      await checkState(life, who, "guest");
      clock.now += 11 * DAY;
      await anon.admin.hold(who.id);
      assert.equal((await anon.admin.gc()).deleted, 0, "gc keeps a guest on hold");
      await anon.admin.release(who.id);
      const { quarantined, deleted } = await anon.admin.gc();
      assert.deepEqual([quarantined, deleted], [0, 1]);
      await checkState(life, who, "gone");
    });

    it("arrow 6, restore: a quarantined guest is a guest again, with its sessions", async () => {
      const life = await setUpLifecycle(store, "7d");
      const { anon, clock } = life;
      const who = await guest(anon, { cart: ["tea"] });
      clock.now += 11 * DAY;
      await anon.admin.gc();
      await checkState(life, who, "quarantine");
      assert.deepEqual((await anon.admin.restore(who.id)).cart, ["tea"]);
      assert.equal((await anon.authenticate(who.token))?.record.id, who.id);
      await checkState(life, who, "guest");
    });

    it("arrow 7, gc of a quarantine that is over: the guest is deleted", async () => {
      const life = await setUpLifecycle(store, "7d");
      const { anon, clock } = life;
      const who = await guest(anon);
      clock.now += 11 * DAY;
      await anon.admin.gc();
      clock.now += 7 * DAY - 1;
      assert.equal((await anon.admin.gc()).deleted, 0);
      await checkState(life, who, "quarantine");
      clock.now += 1;
      await anon.admin.hold(who.id);
      assert.equal((await anon.admin.gc()).deleted, 0, "gc keeps a guest on hold");
      await anon.admin.release(who.id);
      assert.equal((await anon.admin.gc()).deleted, 1);
      await checkState(life, who, "gone");
    });

    it("arrow 9, delete a guest: its owner or the application deletes it", async () => {
      const life = await setUpLifecycle(store);
      const { anon } = life;
      const [one, two] = [await guest(anon), await guest(anon)];
      for (const who of [one, two]) await checkState(life, who, "guest");
      await anon.admin.hold(one.id);
      await refused(anon.deleteAccount(one.token), "account_held");
      await anon.admin.release(one.id);
      await anon.deleteAccount(one.token);
      assert.equal(await anon.admin.delete(two.id), true);
      for (const who of [one, two]) await checkState(life, who, "gone");
    });

    it("arrow 9, delete in quarantine: the application deletes the guest at once", async () => {
      const life = await setUpLifecycle(store, "7d");
      const { anon, clock } = life;
      const who = await guest(anon);
      clock.now += 11 * DAY;
      await anon.admin.gc();
      await checkState(life, who, "quarantine");
      await anon.admin.hold(who.id);
      await refused(anon.admin.delete(who.id), "account_held");
      await anon.admin.release(who.id);
      assert.equal(await anon.admin.delete(who.id), true);
      await checkState(life, who, "gone");
    });

    it("arrow 10, gc of a guest that was merged: its id is forgotten, and the account stays", async () => {
      const life = await setUpLifecycle(store, "7d");
      const { anon, clock, other } = life;
      const who = await guest(anon, { cart: ["tea"] });
      await anon.merge({ anonymous: who.token, account: other.token });
      clock.now += 20 * DAY - 1;
      assert.equal((await anon.admin.gc()).deleted, 0);
      await checkState(life, who, "merged");
      clock.now += 1 + 10 * DAY;
      const { quarantined, deleted } = await anon.admin.gc();
      assert.deepEqual([quarantined, deleted], [0, 1]);
      await checkState(life, who, "gone");
      await checkState(life, other, "registered");
      assert.deepEqual((await anon.admin.get(other.id))?.cart, ["tea"]);
    });
  });
}
