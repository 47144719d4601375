import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Anon } from "../../../sdk/contract/anon.ts";
import type { Duration } from "../../../sdk/types.ts";
import memory from "../../../storage-drivers/memory.ts";
import { DAY, PASSWORD, refused, refusedAtOnce, setUp } from "../../support/sdk.ts";

const ADA = { email: "ada@example.com", password: PASSWORD };
const GUEST = { name: "guest", cart: ["tea"] };
const ACCOUNT = { name: "Ada", plan: "paid" };

async function pair(anon: Anon) {
  const account = await anon.convert((await anon.signInAnonymously()).token, { ...ADA, data: ACCOUNT });
  return { guest: await anon.signInAnonymously({ data: GUEST }), account };
}

describe("merge strategies", () => {
  it("decide which value wins if both have a field, and keep fields that only one has", async () => {
    const combine = (account: object, anonymous: object) => ({ ...account, ...anonymous, both: true });
    for (const [strategy, expected] of [
      ["keep-account", { ...GUEST, ...ACCOUNT }],
      ["keep-anonymous", { ...ACCOUNT, ...GUEST }],
      ["combine", { ...ACCOUNT, ...GUEST, both: true }],
    ] as const) {
      for (const by of ["call", "option"] as const) {
        const merge = by === "option" ? { strategy, combine } : { combine };
        const { anon } = setUp(memory(), { merge });
        const { guest, account } = await pair(anon as Anon);
        const chosen = by === "call" ? { strategy } : {};
        const { record } = await anon.merge({ anonymous: guest.token, account: account.token, ...chosen });
        const { name, cart, plan, both } = record;
        assert.deepEqual(JSON.parse(JSON.stringify({ name, cart, plan, both })), expected, `${strategy} by ${by}`);
      }
    }
  });

  it("may refuse every merge, and are refused if they are invalid", async () => {
    const { anon } = setUp(memory(), { merge: { strategy: "refuse" } });
    const { guest, account } = await pair(anon as Anon);
    const both = { anonymous: guest.token, account: account.token };
    await refused(anon.merge(both), "merge_refused");
    await refused(anon.merge({ ...both, strategy: "combine" }), "invalid_options");
    await refused(anon.merge({ ...both, strategy: "mine" as never }), "invalid_options");
    assert.equal((await anon.admin.get(guest.record.id))?.name, "guest");
    await anon.merge({ ...both, strategy: "keep-account" });
    refusedAtOnce(() => setUp(memory(), { merge: { strategy: "combine" } }), "invalid_options");
    refusedAtOnce(() => setUp(memory(), { merge: { strategy: "x" as never } }), "invalid_options");
    refusedAtOnce(() => setUp(memory(), { merge: { combine: 1 as never } }), "invalid_options");
    refusedAtOnce(() => setUp(memory(), { merge: { forwarding: "soon" as Duration } }), "invalid_duration");
    refusedAtOnce(() => setUp(memory(), { merge: { forward: "1d" } as never }), "invalid_options");
  });

  it("move nothing if the account cannot store the result", async () => {
    const schema = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value: unknown) =>
          "plan" in (value as object) && "cart" in (value as object)
            ? { issues: [{ message: "not both" }] }
            : { value: value as Record<string, unknown> },
      },
    } as const;
    const { anon } = setUp(memory(), { collections: { users: { schema } } });
    const { guest, account } = await pair(anon as never);
    await refused(anon.merge({ anonymous: guest.token, account: account.token }), "invalid_data");
    const big = setUp(memory()).anon;
    const half = "x".repeat(140 * 1024);
    const known = await big.convert((await big.signInAnonymously()).token, { ...ADA, data: { half } });
    const other = await big.signInAnonymously({ data: { rest: half } });
    await refused(big.merge({ anonymous: other.token, account: known.token }), "record_too_large");
    assert.equal((await big.admin.get(other.record.id))?.rest, half);
    assert.equal((await big.admin.inspect(other.record.id))?.merged, null);
  });
});

describe("beforeMerge", () => {
  it("can refuse a merge by the account's capabilities and the guest's fields", async () => {
    const registered = ({ id, role }: Record<string, unknown>) =>
      role === "admin" || id === adminId ? ["*"] : ["cart:*"];
    let adminId: unknown;
    const { anon } = setUp(memory(), { capabilities: { registered } });
    anon.hooks.hook("beforeMerge", ({ record, guest }) => !anon.can({ ...guest, ...record }, "admin:users"));
    const { guest, account } = await pair(anon as Anon);
    const climber = await anon.signInAnonymously({ data: { role: "admin" } });
    await refused(anon.merge({ anonymous: climber.token, account: account.token }), "refused");
    adminId = account.record.id;
    await refused(anon.merge({ anonymous: guest.token, account: account.token }), "refused");
    for (const { record } of [climber, guest]) {
      assert.equal((await anon.admin.get(record.id))?.anonymous, true);
      assert.equal((await anon.admin.inspect(record.id))?.merged, null);
    }
    assert.equal((await anon.admin.doctor()).merges.begun, 0);
    adminId = undefined;
    await anon.merge({ anonymous: guest.token, account: account.token });
    assert.equal((await anon.admin.get(guest.record.id))?.id, account.record.id);
  });

  it("can refuse a merge with false or with its own error", async () => {
    let outcome: boolean | Error = false;
    const { anon } = setUp(memory(), {
      hooks: {
        beforeMerge: ({ record, guest, strategy }) => {
          assert.deepEqual([record.name, guest.name, strategy], ["Ada", "guest", "keep-account"]);
          if (typeof outcome !== "boolean") throw outcome;
          return outcome;
        },
      },
    });
    const { guest, account } = await pair(anon as Anon);
    const merging = () => anon.merge({ anonymous: guest.token, account: account.token });
    await refused(merging(), "refused");
    outcome = new Error("not here");
    await assert.rejects(merging, /not here/);
    assert.equal((await anon.admin.get(guest.record.id))?.name, "guest");
    outcome = true;
    await merging();
  });
});

describe("the sessions of a guest that was merged", () => {
  it("end, and the token that proved the guest is exchanged once for a session of the account", async () => {
    const { anon } = setUp(memory(), { maxSessions: 2 });
    const { account } = await pair(anon as Anon);
    const { email, password } = await anon.admin.createUser();
    const [proves, other] = [
      await anon.signInWithPassword(email, password),
      await anon.signInWithPassword(email, password),
    ];
    await anon.merge({ anonymous: proves.token, account: account.token });
    assert.equal((await anon.listSessions(account.token)).length, 1);
    const exchanged = await anon.authenticate(proves.token);
    assert(exchanged);
    assert.equal(exchanged.record.id, account.record.id);
    const sids = [proves, account, exchanged].map(({ token }) => anon.verifyToken(token)?.sid);
    assert.equal(new Set(sids).size, 3, "the exchange began a separate session");
    assert.equal(await anon.authenticate(proves.token), null, "it is exchanged once");
    assert.equal(await anon.authenticate(other.token), null);
    await refused(anon.signInWithPassword(email, password), "invalid_credentials");
    assert.equal((await anon.listSessions(account.token)).length, 2);
    await anon.endSession(account.token, exchanged.claims.sid);
    assert.equal(await anon.authenticate(exchanged.token), null, "the owner ended it");
    assert.equal(await anon.authenticate(proves.token), null);
    assert.equal((await anon.listSessions(account.token)).length, 1);
  });

  it("are replaced by the account's session in the browser's cookie", async () => {
    const { anon } = setUp(memory());
    const { guest, account } = await pair(anon as Anon);
    const visit = (cookie: string) => new Request("https://shop.example/", { headers: { cookie } });
    const context = await anon.context(visit(`__Host-anon=${guest.token}`));
    const { record } = await context.merge(account.token);
    assert.equal(record.id, account.record.id);
    const [cookie = ""] = context.respond(new Response()).headers.getSetCookie();
    assert.equal(anon.verifyToken(/^__Host-anon=([^;]+)/.exec(cookie)?.[1] ?? "")?.id, account.record.id);
    // another tab that still has the guest's cookie
    const tab = await anon.context(visit(`__Host-anon=${guest.token}`));
    assert.equal((await tab.auth())?.record.id, account.record.id);
    const [exchanged = ""] = tab.respond(new Response()).headers.getSetCookie();
    assert.equal(anon.verifyToken(/^__Host-anon=([^;]+)/.exec(exchanged)?.[1] ?? "")?.id, account.record.id);
    await assert.rejects((await anon.context(visit(""))).merge(account.token), { code: "invalid_token" });
  });
});

it("a merge that was begun with one account can be done with another", async () => {
  let fails = true;
  const { anon, clock } = setUp(memory(), {
    hooks: {
      merge: () => {
        if (fails) throw new Error("down");
      },
    },
  });
  const { guest, account } = await pair(anon as Anon);
  const bob = await anon.convert((await anon.signInAnonymously()).token, { ...ADA, email: "bob@example.com" });
  await assert.rejects(anon.merge({ anonymous: guest.token, account: account.token }), /down/);
  fails = false;
  await anon.merge({ anonymous: guest.token, account: bob.token });
  assert.equal((await anon.admin.get(guest.record.id))?.id, bob.record.id);
  const ada = await anon.authenticate(account.token);
  assert.equal(ada?.record.cart, undefined);
  clock.now += DAY;
  assert(await anon.authenticate(account.token));
  assert.equal(await anon.admin.delete(account.record.id), true);
  assert.deepEqual((await anon.admin.get(bob.record.id))?.cart, ["tea"]);
});
