/** Accounts that Redis deletes by itself, in real time: which go, which stay, and what is left of those that went. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { collect, PASSWORD, refused, setUp } from "../support/sdk.ts";
import { STORES } from "../support/stores.ts";

const SHORT = { retention: 500, quarantine: 500, activityResolution: 0, backstop: 4_000, now: Date.now };
const LONG = { retention: "30d", backstop: "60d" } as const;
const ADA = { email: "ada@example.com", password: PASSWORD };

for (const { name, open, cleanup } of STORES.filter((store) => store.name.startsWith("redis"))) {
  describe(`a backstop on ${name}`, () => {
    it("ends guests that nobody used or collected, and nobody else", { timeout: 60_000 }, async (t) => {
      t.after(cleanup);
      const storage = await open();
      const collections = { users: SHORT, others: LONG };
      const { anon } = setUp(storage, { ...SHORT, collections, merge: { forwarding: "1d" } });
      const idle = [await anon.signInAnonymously(), await anon.admin.createUser(), await anon.signInAnonymously()];
      const used = await anon.signInAnonymously();
      const held = await anon.signInAnonymously();
      await anon.admin.hold(held.record.id);
      const ada = await anon.convert((await anon.signInAnonymously()).token, ADA);
      const merged = await anon.signInAnonymously();
      await anon.merge({ anonymous: merged.token, account: ada.token });
      const other = await anon.signInAnonymously({ collection: "others" });

      let { token } = used;
      for (const end = Date.now() + 60_000; Date.now() < end; await wait(200)) {
        token = (await anon.authenticate(token))?.token ?? assert.fail("who is used is there");
        const left = await Promise.all(idle.map(({ record }) => anon.admin.inspect(record.id)));
        if (left.every((one) => one === null)) break;
      }
      for (const { record } of idle) assert.equal(await anon.admin.get(record.id), null);
      assert.equal((await anon.admin.get(used.record.id))?.id, used.record.id);
      assert.equal((await anon.admin.get(held.record.id))?.id, held.record.id);
      assert.equal((await anon.admin.get({ collection: "others", id: other.record.id }))?.id, other.record.id);
      assert.equal((await anon.signInWithPassword(ADA.email, ADA.password)).record.id, ada.record.id);
      assert.equal((await anon.admin.get(merged.record.id))?.id, ada.record.id);
      const there = [used, held, ada].map(({ record }) => record.id);
      assert.deepEqual((await collect(anon.admin.list())).map(({ id }) => id).sort(), there.sort());

      // a password of who is gone is nobody's, and the queue holds nothing of them behind the next gc
      const [gone] = idle;
      await refused(anon.signInWithPassword(gone?.record.email as string, PASSWORD), "invalid_credentials");
      assert.equal((await anon.admin.gc({ olderThan: "0s", dryRun: true, collection: "others" })).failed, 0);
      const report = await anon.admin.gc({ collection: "users" });
      assert.equal(report.failed, 0);
      const due = (await storage.due(Number.MAX_SAFE_INTEGER, { limit: 100 })).entries.map(({ key }) => key);
      for (const { record } of idle) assert(!due.includes(`acc:users:${record.id}`), "the queue forgets it");
    });

    it("keeps what it would have ended when it is written without one", { timeout: 60_000 }, async (t) => {
      t.after(cleanup);
      const storage = await open();
      const { anon } = setUp(storage, SHORT);
      const { record, token } = await anon.signInAnonymously();
      const { record: idle } = await anon.signInAnonymously();
      // a program that knows of no backstop, as the one of before an update
      await setUp(storage, { ...SHORT, backstop: false }).anon.admin.update(record.id, { seen: true });
      for (const end = Date.now() + 60_000; Date.now() < end && (await anon.admin.inspect(idle.id)) !== null; )
        await wait(100);
      assert.equal(await anon.admin.inspect(idle.id), null);
      assert.equal((await anon.authenticate(token))?.record.seen, true);
    });
  });
}
