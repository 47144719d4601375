/** The proofs of a merge may end, and `combine` may return anything: neither may cost an account. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Anon } from "../../../sdk/contract/anon.ts";
import memory from "../../../storage-drivers/memory.ts";
import { sender } from "../../support/api.ts";
import { crashing } from "../../support/crashing-driver.ts";
import { DAY, PASSWORD, refused, setUp } from "../../support/sdk.ts";

const ADA = { email: "ada@example.com", password: PASSWORD };
/** The storage call after the commit: the account has not received the fields. */
const AFTER_COMMIT = 10;
const OTHER_PASSWORD = "another battery staple";

async function pair(anon: Anon) {
  const { token, record } = await anon.convert((await anon.signInAnonymously()).token, ADA);
  return { account: { token, record }, guest: await anon.signInAnonymously({ data: { cart: ["tea"] } }) };
}
type Pair = Awaited<ReturnType<typeof pair>>;

/** The ways to end a proof. */
const WAYS_TO_END: Record<string, (anon: Anon, pair: Pair) => Promise<unknown>> = {
  "the account signs out everywhere": async (anon) =>
    anon.signOut((await anon.signInWithPassword(ADA.email, PASSWORD)).token, { everywhere: true }),
  "the account's session is ended": (anon, { account }) =>
    anon.admin.endSession({ id: account.record.id }, anon.verifyToken(account.token)!.sid),
  "the password is changed": async (anon, { account }) => {
    const { token } = await anon.signInWithPassword(ADA.email, PASSWORD);
    const body = { oldPassword: PASSWORD, password: OTHER_PASSWORD, passwordConfirm: OTHER_PASSWORD };
    const { status } = await sender(anon)("PATCH", `users/records/${account.record.id}`, { token, body });
    assert.equal(status, 200);
  },
  "the guest signs out": (anon, { guest }) => anon.signOut(guest.token),
};

describe("a merge that was begun", () => {
  for (const [name, end] of Object.entries(WAYS_TO_END)) {
    it(`is abandoned when ${name}, by doctor, by the next call and during the hook`, async () => {
      for (const when of ["doctor", "call", "hook"] as const) {
        let hook: () => unknown = () => Promise.reject(new Error("down"));
        const { anon, clock } = setUp(memory(), { hooks: { merge: () => hook() as undefined } });
        const both = await pair(anon as Anon);
        const merging = () => anon.merge({ anonymous: both.guest.token, account: both.account.token });
        if (when === "hook") {
          hook = () => end(anon as Anon, both).then(() => undefined);
        } else {
          await assert.rejects(merging, /down/);
          await end(anon as Anon, both);
          hook = () => undefined;
        }
        if (when === "doctor") {
          clock.now += DAY;
          assert.equal((await anon.admin.doctor()).merges.finished, 0);
          assert.equal((await anon.admin.doctor()).merges.begun, 0, "it was abandoned");
        } else {
          await refused(merging(), "invalid_token");
        }
        assert.equal((await anon.admin.get(both.guest.record.id))?.mergedFrom, undefined);
        const by = await anon.authenticate(both.guest.token);
        assert(by === null || by.record.id === both.guest.record.id);
        assert.equal((await anon.admin.get(both.account.record.id))?.cart, undefined);
      }
    });
  }

  it("is abandoned when the hook refuses it", async () => {
    const { anon } = setUp(memory(), { hooks: { merge: () => false } });
    const { guest, account } = await pair(anon as Anon);
    await refused(anon.merge({ anonymous: guest.token, account: account.token }), "refused");
    assert.equal((await anon.admin.doctor()).merges.begun, 0);
  });

  it("gives no session to an account whose owner signed out after the commit", async () => {
    for (let at = 0, died = true; died; at++) {
      const driver = memory();
      const { anon } = setUp(driver);
      const { guest, account } = await pair(anon as Anon);
      const dying = crashing(driver, at, "before");
      const call = setUp(dying.driver).anon.merge({ anonymous: guest.token, account: account.token });
      died = (await Promise.race([dying.died, call.then(() => "done")])) === "died";
      if (!died) break;
      await anon.signOut(account.token, { everywhere: true });
      // null if the commit had given the guest's session to the account, which signed out
      const by = await anon.authenticate(guest.token);
      assert(by === null || by.record.id === guest.record.id, `died at ${at}`);
      assert.deepEqual(await anon.admin.listSessions({ id: account.record.id }), []);
    }
  });
});

describe("a merge that cannot be finished", () => {
  /** A `combine` that returns valid fields until `turn` is called, and then `invalid`. */
  const turning = (invalid: unknown) => {
    let isValid = true;
    const combine = (account: object, anonymous: object) => (isValid ? { ...account, ...anonymous } : invalid) as never;
    const turn = () => {
      isValid = false;
    };
    return { combine, turn };
  };

  it("keeps the account usable and the guest's fields safe if `combine` returns invalid fields", async () => {
    for (const invalid of [null, 5, "text", [1], { id: "hacked" }, { a: 1n }, { big: "x".repeat(300_000) }]) {
      const { combine, turn } = turning(invalid);
      const driver = memory();
      const { anon } = setUp(driver, { merge: { strategy: "combine", combine } });
      const { guest, account } = await pair(anon as Anon);
      // dies right after the commit
      const dying = crashing(driver, AFTER_COMMIT, "before");
      const late = setUp(dying.driver, { merge: { strategy: "combine", combine } }).anon;
      const call = late.merge({ anonymous: guest.token, account: account.token });
      assert.equal(await Promise.race([dying.died, call.then(() => "done")]), "died");
      assert.equal((await anon.admin.inspect(guest.record.id))?.merged?.into, account.record.id, "it was committed");
      assert.equal((await anon.admin.inspect(account.record.id))?.record.cart, undefined, "the fields were not given");
      turn();
      assert.equal((await anon.authenticate(account.token))?.record.id, account.record.id, String(invalid));
      assert.equal((await anon.admin.get(guest.record.id))?.id, account.record.id);
      await anon.admin.update(account.record.id, { mine: true });
      assert.equal((await anon.admin.gc({ olderThan: "1d" })).failed, 1, JSON.stringify(Object.keys(invalid ?? {})));
      const healthy = setUp(driver, { merge: { combine: (one, other) => ({ ...one, ...other }) } }).anon;
      assert.deepEqual((await healthy.authenticate(account.token))?.record.cart, ["tea"], "nothing was lost");
      assert.equal((await healthy.admin.get(account.record.id))?.mine, true);
    }
  });

  it("does not stop the account from signing in if its guest is damaged", async () => {
    const driver = memory();
    const { anon } = setUp(driver, { hooks: { merge: () => Promise.reject(new Error("down")) } });
    const { guest, account } = await pair(anon as Anon);
    await assert.rejects(anon.merge({ anonymous: guest.token, account: account.token }), /down/);
    const key = `acc:users:${guest.record.id}`;
    await driver.swap(key, await driver.read(key), "damaged");
    assert(await anon.authenticate(account.token));
  });
});

describe("after a merge", () => {
  it("the account's own session stays valid, even if maxSessions is 1", async () => {
    const { anon } = setUp(memory(), { maxSessions: 1 });
    const { guest, account } = await pair(anon as Anon);
    const { record } = await anon.merge({ anonymous: guest.token, account: account.token });
    assert.deepEqual(record.cart, ["tea"]);
    assert(await anon.authenticate(account.token));
    assert.equal(await anon.authenticate(guest.token), null, "maxSessions leaves no room for its session");
  });

  it("signing out with the guest's token ends its exchange, and with everywhere the account's sessions", async () => {
    for (const everywhere of [false, true]) {
      const { anon } = setUp(memory());
      const { guest, account } = await pair(anon as Anon);
      await anon.merge({ anonymous: guest.token, account: account.token });
      await anon.signOut(guest.token, { everywhere });
      assert.equal(await anon.authenticate(guest.token), null);
      assert.equal((await anon.authenticate(account.token)) === null, everywhere);
    }
  });

  it("the id is forwarded for exactly `merge.forwarding`, even if gc does not run", async () => {
    const { anon, clock } = setUp(memory(), { merge: { forwarding: "10d" } });
    const { guest, account } = await pair(anon as Anon);
    await anon.merge({ anonymous: guest.token, account: account.token });
    clock.now += 10 * DAY - 1;
    assert.equal((await anon.admin.get(guest.record.id))?.id, account.record.id);
    clock.now += 1;
    assert.equal(await anon.admin.get(guest.record.id), null);
    assert.equal(await anon.authenticate(guest.token), null);
  });
});

it("gc by retention finishes merges also in collections without retention", async () => {
  const driver = memory();
  const collections = { users: {}, customers: { retention: "1d" } } as const;
  const { anon } = setUp(driver, { collections });
  const { guest, account } = await pair(anon as never);
  const dying = crashing(driver, AFTER_COMMIT, "before");
  const call = setUp(dying.driver).anon.merge({ anonymous: guest.token, account: account.token });
  assert.equal(await Promise.race([dying.died, call.then(() => "done")]), "died");
  assert.equal((await anon.admin.gc()).kept.merged, 1);
  assert.deepEqual((await anon.admin.exportAccount({ id: account.record.id })).record.cart, ["tea"]);
});
