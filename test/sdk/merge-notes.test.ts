/** What is left of a guest that was merged, or whose merge was begun: what it is good for, and what it is no longer. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Anon } from "../../sdk/anon.ts";
import type { AnonOptions } from "../../sdk/types.ts";
import memory from "../../storage-drivers/memory.ts";
import { DAY, HOUR, PASSWORD, refused, setUp } from "../support/sdk.ts";

const ADA = { email: "ada@example.com", password: PASSWORD };

async function begin(options: Partial<AnonOptions>) {
  const { anon, clock } = setUp(memory(), options);
  const account = await anon.convert((await anon.signInAnonymously()).token, ADA);
  const guest = await anon.signInAnonymously({ data: { cart: ["tea"] } });
  const merge = () => anon.merge({ anonymous: guest.token, account: account.token });
  return { anon: anon as Anon, clock, account, guest, merge };
}

describe("a merge that was begun", () => {
  for (const where of ["on hold", "in quarantine"] as const) {
    it(`waits, and the application is not asked, while its guest is ${where}`, async () => {
      let [asked, fails] = [0, true];
      const hook = (): undefined => {
        asked++;
        if (fails) throw new Error("down");
      };
      const { anon, clock, guest, merge } = await begin({ quarantine: "7d", hooks: { merge: hook } });
      await assert.rejects(merge, /down/);
      fails = false;
      if (where === "on hold") await anon.hold(guest.record.id);
      else {
        clock.now += 2 * DAY;
        assert.equal((await anon.gc({ olderThan: "1d" })).quarantined, 1);
      }
      assert.deepEqual((await anon.doctor()).merges, { begun: 1, finished: 0, failed: 0 });
      assert.equal(asked, 1, "its data is not moved, since it cannot be merged");
      if (where === "on hold") await anon.release(guest.record.id);
      else await anon.restore(guest.record.id);
      assert.deepEqual((await anon.doctor()).merges, { begun: 1, finished: 1, failed: 0 });
      assert.equal(asked, 2);
    });
  }

  it("into an account that is deleted leaves its guest in quarantine where every gc looks at it", async () => {
    const hooks = { merge: () => Promise.reject(new Error("down")) };
    const { anon, clock, account, merge } = await begin({ quarantine: "7d", hooks });
    await assert.rejects(merge, /down/);
    clock.now += 2 * DAY;
    assert.equal((await anon.gc({ olderThan: "1d" })).quarantined, 1);
    assert.equal(await anon.delete(account.record.id), true);
    assert.equal((await anon.gc({ olderThan: "6d" })).kept.quarantined, 1);
    clock.now += 7 * DAY;
    assert.equal((await anon.gc({ olderThan: "6d" })).deleted, 1);
  });
});

describe("behind its forwarding, before anybody collects", () => {
  const forwarding = { merge: { forwarding: "10d" } } as const;

  it("a guest's token is no proof for the same merge", async () => {
    const { clock, merge } = await begin(forwarding);
    await merge();
    clock.now += 10 * DAY - 1;
    await merge();
    clock.now += 1;
    await refused(merge(), "invalid_token");
  });

  it("a guest's token signs nobody out", async () => {
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

it("nobody is asked whether to keep what is left of a guest that was merged", async () => {
  const wanted = (): never => {
    throw new Error("there is no such customer");
  };
  const hooks = { beforeDelete: wanted };
  const { anon, clock, guest, merge } = await begin({ keep: wanted, hooks, merge: { forwarding: "10d" } });
  await merge();
  clock.now += 11 * DAY;
  const { deleted, failed } = await anon.gc({ olderThan: "1d" });
  assert.deepEqual([deleted, failed], [1, 0]);
  assert.equal(await anon.inspect(guest.record.id), null);
});

describe("the token of a guest that was merged", () => {
  it("renews its session as any other of the account does", async () => {
    const { anon, clock, guest, merge } = await begin({ sessionTtl: "10d" });
    await merge();
    clock.now += 9 * DAY;
    const first = await anon.authenticate(guest.token);
    clock.now += 9 * DAY;
    assert(first && (await anon.authenticate(first.token)), "it was renewed when it was exchanged");
  });

  it("is activity of the account", async () => {
    const { anon, clock, account, guest, merge } = await begin({ activityResolution: "1h" });
    await merge();
    clock.now += 2 * HOUR;
    const before = await anon.inspect(account.record.id);
    await anon.authenticate(guest.token);
    const after = await anon.inspect(account.record.id);
    assert.equal(Date.parse(after!.lastActive) - Date.parse(before!.lastActive), 2 * HOUR);
  });
});
