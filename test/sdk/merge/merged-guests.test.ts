/** Guests after a merge was begun or committed: their id, their token, and what gc deletes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Anon } from "../../../sdk/contract/anon.ts";
import type { AnonOptions } from "../../../sdk/contract/options.ts";
import memory from "../../../storage-drivers/memory.ts";
import { crashing } from "../../support/crashing-driver.ts";
import { DAY, MINUTE, PASSWORD, refused, SECOND, setUp } from "../../support/sdk.ts";

const ADA = { email: "ada@example.com", password: PASSWORD };

async function begin(options: Partial<AnonOptions> = {}) {
  const { anon, clock } = setUp(memory(), options);
  const account = await anon.convert((await anon.signInAnonymously()).token, ADA);
  const guest = await anon.signInAnonymously({ data: { cart: ["tea"] } });
  const merge = () => anon.merge({ anonymous: guest.token, account: account.token });
  return { anon: anon as Anon, clock, account, guest, merge };
}

describe("a merge that was begun", () => {
  for (const where of ["on hold", "in quarantine"] as const) {
    it(`waits, without a call of the hook, while its guest is ${where}`, async () => {
      let [calls, fails] = [0, true];
      const hook = (): undefined => {
        calls++;
        if (fails) throw new Error("down");
      };
      const { anon, clock, guest, merge } = await begin({ quarantine: "7d", hooks: { merge: hook } });
      await assert.rejects(merge, /down/);
      fails = false;
      if (where === "on hold") await anon.admin.hold(guest.record.id);
      else {
        clock.now += 2 * DAY;
        assert.equal((await anon.admin.gc({ olderThan: "1d" })).quarantined, 1);
      }
      assert.deepEqual((await anon.admin.doctor()).merges, { begun: 1, finished: 0, failed: 0 });
      assert.equal(calls, 1, "the hook moves no data of a guest that cannot be merged");
      if (where === "on hold") await anon.admin.release(guest.record.id);
      else await anon.admin.restore(guest.record.id);
      assert.deepEqual((await anon.admin.doctor()).merges, { begun: 1, finished: 1, failed: 0 });
      assert.equal(calls, 2);
    });
  }

  it("leaves its guest in the queue of gc if the account is deleted while the guest is in quarantine", async () => {
    const hooks = { merge: () => Promise.reject(new Error("down")) };
    const { anon, clock, account, merge } = await begin({ quarantine: "7d", hooks });
    await assert.rejects(merge, /down/);
    clock.now += 2 * DAY;
    assert.equal((await anon.admin.gc({ olderThan: "1d" })).quarantined, 1);
    assert.equal(await anon.admin.delete(account.record.id), true);
    assert.equal((await anon.admin.gc({ olderThan: "6d" })).kept.quarantined, 1);
    clock.now += 7 * DAY;
    assert.equal((await anon.admin.gc({ olderThan: "6d" })).deleted, 1);
  });
});

describe("after forwarding ended, before gc runs", () => {
  const forwarding = { merge: { forwarding: "10d" } } as const;

  it("a guest's token no longer proves the same merge", async () => {
    const { clock, merge } = await begin(forwarding);
    await merge();
    clock.now += 10 * DAY - 1;
    await merge();
    clock.now += 1;
    await refused(merge(), "invalid_token");
  });

  it("a guest's token ends no session of the account", async () => {
    for (const everywhere of [false, true]) {
      const { anon, clock, account, guest, merge } = await begin(forwarding);
      await merge();
      const exchanged = await anon.authenticate(guest.token);
      clock.now += 10 * DAY;
      assert.equal(await anon.authenticate(guest.token), null);
      await anon.signOut(guest.token, { everywhere });
      assert(await anon.authenticate(account.token));
      assert(await anon.authenticate(exchanged!.token));
    }
  });
});

it("gc forgets a merged guest without a call of keep or beforeDelete", async () => {
  const failing = (): never => {
    throw new Error("there is no such customer");
  };
  const hooks = { beforeDelete: failing };
  const { anon, clock, guest, merge } = await begin({ keep: failing, hooks, merge: { forwarding: "10d" } });
  await merge();
  clock.now += 11 * DAY;
  const { deleted, failed } = await anon.admin.gc({ olderThan: "1d" });
  assert.deepEqual([deleted, failed], [1, 0]);
  assert.equal(await anon.admin.inspect(guest.record.id), null);
});

describe("the token of a guest that was merged", () => {
  it("is exchanged within a minute, and not later", async () => {
    const early = await begin();
    await early.merge();
    early.clock.now += MINUTE - 1;
    assert.equal((await early.anon.authenticate(early.guest.token))?.record.id, early.account.record.id);
    const late = await begin();
    await late.merge();
    late.clock.now += MINUTE;
    assert.equal(await late.anon.authenticate(late.guest.token), null);
    assert.equal((await late.anon.listSessions(late.account.token)).length, 1);
  });

  it("is exchanged once for eight concurrent calls", async () => {
    const { anon, account, guest, merge } = await begin();
    await merge();
    const done = await Promise.all(Array.from({ length: 8 }, () => anon.authenticate(guest.token)));
    assert.equal(done.filter((one) => one !== null).length, 1);
    assert.equal((await anon.listSessions(account.token)).length, 2);
  });

  it("planted in the owner's browser gives at most one session, which the owner can list and end", async () => {
    const { anon, clock, account, guest, merge } = await begin({ sessionTtl: "30d" });
    await merge();
    const planted = await anon.authenticate(guest.token);
    assert(planted);
    const [own, other] = await anon.listSessions(account.token);
    assert.deepEqual([own?.current, other?.id], [true, planted.claims.sid]);
    assert.equal(await anon.endSession(account.token, planted.claims.sid), true);
    clock.now += 1;
    for (const token of [planted.token, guest.token]) assert.equal(await anon.authenticate(token), null);
    assert.equal((await anon.listSessions(account.token)).length, 1);
  });

  it("counts as activity of the account, and its exchange as a sign-in", async () => {
    const signIns: unknown[] = [];
    const { anon, clock, account, guest, merge } = await begin({
      activityResolution: "1h",
      hooks: { afterSignIn: ({ method, session }) => void signIns.push([method, session]) },
    });
    await merge();
    clock.now += 30 * SECOND;
    signIns.length = 0;
    const before = await anon.admin.inspect(account.record.id);
    const exchanged = await anon.authenticate(guest.token);
    assert.deepEqual(signIns, [["merge", exchanged?.claims.sid]]);
    const after = await anon.admin.inspect(account.record.id);
    assert.equal(Date.parse(after!.lastActive) - Date.parse(before!.lastActive), 30 * SECOND);
  });

  it("cannot be exchanged after it signed out", async () => {
    const { anon, account, guest, merge } = await begin();
    await merge();
    await anon.signOut(guest.token);
    assert.equal(await anon.authenticate(guest.token), null);
    assert.equal((await anon.listSessions(account.token)).length, 1);
  });

  it("begins at most one session if the process dies before or after any storage call", async () => {
    for (const when of ["before", "after"] as const) {
      for (let at = 0, died = true; died; at++) {
        const driver = memory();
        const { anon, clock } = setUp(driver);
        const account = await anon.convert((await anon.signInAnonymously()).token, ADA);
        const guest = await anon.signInAnonymously();
        await anon.merge({ anonymous: guest.token, account: account.token });
        const dying = crashing(driver, at, when);
        const late = setUp(dying.driver);
        late.clock.now = clock.now;
        const call = late.anon.authenticate(guest.token);
        died = (await Promise.race([dying.died, call.then(() => "done")])) === "died";
        await anon.authenticate(guest.token);
        const count = (await anon.listSessions(account.token)).length;
        assert(count <= 2, `${when} ${at}: ${count} sessions`);
        assert.equal(await anon.authenticate(guest.token), null);
      }
    }
  });
});
