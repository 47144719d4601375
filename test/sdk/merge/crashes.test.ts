/** A process dies at any storage call of a merge, or another call runs between two: nothing is lost or done twice. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Anon } from "../../../sdk/contract/anon.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import memory from "../../../storage-drivers/memory.ts";
import { crashing, gated } from "../../support/crashing-driver.ts";
import { DAY, PASSWORD, setUp } from "../../support/sdk.ts";

const ADA = { email: "ada@example.com", password: PASSWORD };

async function begin() {
  const driver = memory();
  const events: string[] = [];
  const options = {
    merge: { strategy: "combine", combine: counting },
    onEvent: ({ type }: { type: string }) => events.push(type),
  } as const;
  const world = setUp(driver, options);
  const { anon } = world;
  const { token } = await anon.convert((await anon.signInAnonymously()).token, { ...ADA, data: { times: 1 } });
  const guest = await anon.signInAnonymously({ data: { times: 1, cart: ["tea"] } });
  const record = (await anon.authenticate(token))!.record;
  events.length = 0;
  /** Another process on the same storage, with the same time. */
  const process = (through: AtomicDriver): Anon => {
    const other = setUp(through, options);
    other.clock.now = world.clock.now;
    return other.anon;
  };
  return { ...world, driver, events, guest, account: { token, record }, process };
}
type World = Awaited<ReturnType<typeof begin>>;

/** Adds the counts of both, so that the result shows how often it was applied. */
function counting(account: Record<string, unknown>, anonymous: Record<string, unknown>): Record<string, unknown> {
  return { ...account, ...anonymous, times: Number(account.times) + Number(anonymous.times) };
}

/** Checks that a merge that was begun is fully done or not done at all. Returns whether it is done. */
async function checkWhole({ anon, guest, account }: World): Promise<boolean> {
  const into = await anon.admin.get(account.record.id);
  const was = await anon.admin.get(guest.record.id);
  assert(into && was, "neither is lost");
  const merged = was.mergedFrom === guest.record.id;
  assert.equal(merged ? was.id : into.id, account.record.id);
  assert.equal(into.times, merged ? 2 : 1, "the fields were combined once if merged, else not at all");
  assert.deepEqual(was.cart, ["tea"]);
  const by = await anon.authenticate(guest.token);
  if (merged) assert(by === null || by.record.id === account.record.id, "the guest's token is exchanged once");
  else assert.equal(by?.record.id, guest.record.id, "the guest's token stays valid");
  return merged;
}

const HEALERS: Record<string, (world: World) => Promise<unknown>> = {
  "a read of the guest": ({ anon, guest }) => anon.admin.get(guest.record.id),
  "the guest's token": ({ anon, guest }) => anon.authenticate(guest.token),
  "the account's token": ({ anon, account }) => anon.authenticate(account.token),
  gc: ({ anon }) => anon.admin.gc({ olderThan: "90d" }),
  "the same merge": ({ anon, guest, account }) => anon.merge({ anonymous: guest.token, account: account.token }),
};

describe("a merge whose process dies", () => {
  for (const when of ["before", "after"] as const) {
    it(`${when} any storage call is completed or undone by any later call`, async () => {
      let died = true;
      let unmerged = 0;
      for (let at = 0; died; at++) {
        for (const [name, heal] of Object.entries(HEALERS)) {
          const world = await begin();
          const dying = crashing(world.driver, at, when);
          const call = world
            .process(dying.driver)
            .merge({ anonymous: world.guest.token, account: world.account.token });
          died = (await Promise.race([dying.died, call.then(() => "done")])) === "died";
          await heal(world);
          const merged = await checkWhole(world);
          if (!merged) unmerged++;
          if (name === "the same merge") assert(merged, name);
          // repeating the merge completes it in every case
          await world.anon.merge({ anonymous: world.guest.token, account: world.account.token });
          assert.equal(await checkWhole(world), true);
          assert(world.events.filter((type) => type === "merged").length <= 1);
          world.clock.now += 91 * DAY;
          await world.anon.admin.gc({ olderThan: "90d" });
          assert.equal((await world.anon.admin.get(world.account.record.id))?.times, 2);
          const keys: string[] = [];
          for await (const key of world.driver.keys("acc:")) keys.push(key);
        }
        assert(at < 60);
      }
      assert(unmerged > 5, "some deaths come before the commit");
    });
  }
});

/** Runs gc with a clock two days ahead, in which only the guest can be collected. Returns whether it was. */
async function collectGuest({ driver, clock }: World): Promise<unknown> {
  const ahead = setUp(driver, { merge: { strategy: "combine", combine: counting } });
  ahead.clock.now = clock.now + 2 * DAY;
  return (await ahead.anon.admin.gc({ olderThan: "1d" })).deleted > 0;
}

/** The calls that run between two steps of a merge. */
const MEANWHILE: Record<string, (world: World) => Promise<unknown>> = {
  "the guest converts": ({ anon, guest }) => anon.convert(guest.token, { email: "b@example.com", password: PASSWORD }),
  "the guest changes a field": ({ anon, guest }) => anon.admin.update(guest.record.id, { cart: ["tea"], note: "new" }),
  "the guest is deleted": ({ anon, guest }) => anon.admin.delete(guest.record.id),
  "the guest is held": ({ anon, guest }) => anon.admin.hold(guest.record.id),
  "the account is deleted": ({ anon, account }) => anon.admin.delete(account.record.id),
  "the account changes a field": ({ anon, account }) => anon.admin.update(account.record.id, { mine: true }),
  "the guest signs out": ({ anon, guest }) => anon.signOut(guest.token),
  "the same merge": ({ anon, guest, account }) => anon.merge({ anonymous: guest.token, account: account.token }),
  "gc collects the guest": (world) => collectGuest(world),
};

describe("a call between any two steps of a merge", () => {
  for (const [name, action] of Object.entries(MEANWHILE)) {
    it(`leaves both results correct: ${name}`, async () => {
      for (let at = 0, more = true; more; at++) {
        const world = await begin();
        let calls = 0;
        more = false;
        let result = "";
        const late = gated(world.driver, {
          async before() {
            if (calls++ !== at) return;
            more = true;
            result = await action(world).then(
              (value) => String(value !== false && value !== null),
              ({ code }) => String(code),
            );
          },
        });
        const outcome = await world
          .process(late)
          .merge({ anonymous: world.guest.token, account: world.account.token })
          .then(
            () => "merged",
            ({ code }) => String(code),
          );
        // the merge has fewer calls
        if (!more) break;
        const where = `${name} at ${at}: ${outcome}, ${result}`;
        const { anon, guest, account } = world;
        const [was, into] = [await anon.admin.get(guest.record.id), await anon.admin.get(account.record.id)];
        assert(!["undefined", "storage_corrupt"].includes(outcome), where);
        if (name === "the account is deleted") {
          assert.equal(into, null, where);
          // an unmerged guest keeps its fields; a merged one was deleted with the account
          if (outcome !== "merged") assert(was === null || was.cart, where);
          continue;
        }
        assert(into, where);
        const isGone = name === "the guest is deleted" || name === "gc collects the guest";
        if (isGone && result === "true" && outcome !== "merged") assert.equal(was, null, where);
        if (outcome === "merged")
          assert.equal(was === null ? into.times : was.id, was === null ? into.times : into.id, where);
        if (was && was.mergedFrom === undefined) assert.deepEqual([was.cart, into.times], [["tea"], 1], where);
        if (was?.mergedFrom) assert.deepEqual([into.times, into.cart], [2, ["tea"]], where);
        if (name === "the guest converts" && result === "true") {
          assert.equal(was?.anonymous, false, where);
          assert.equal(was?.mergedFrom, undefined, where);
        }
        if (name === "the account changes a field") assert.equal(into.mine, true, where);
        if (name === "the guest changes a field" && result === "true") assert.equal((was ?? into).note, "new", where);
        if (name === "the same merge") assert(was?.mergedFrom, where);
        assert(at < 60);
      }
    });
  }
});
