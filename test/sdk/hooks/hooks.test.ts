import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AnonEvent, AnonHooks, HookOptions } from "../../../sdk/contract/hooks.ts";
import type { AnonOptions } from "../../../sdk/contract/options.ts";
import { AnonError } from "../../../sdk/errors.ts";
import memory from "../../../storage-drivers/memory.ts";
import { intercepting, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

type Options = Partial<AnonOptions>;

const DAY = 86_400_000;
const ADA = { email: "ada@example.com", password: "correct horse battery" };

/** Records every hook call and event, in order. */
function recording(): { calls: string[]; events: AnonEvent[]; options: HookOptions } {
  const calls: string[] = [];
  const events: AnonEvent[] = [];
  const names: (keyof AnonHooks)[] = [
    "beforeCreate",
    "afterCreate",
    "beforeSignIn",
    "afterSignIn",
    "beforeConvert",
    "afterConvert",
    "beforeDelete",
    "afterDelete",
    "beforeSessionEnd",
    "afterSessionEnd",
  ];
  const hooks = Object.fromEntries(
    names.map((name) => [
      name,
      (argument: { method?: string; by?: string; reason?: string; sessions?: string[] }) => {
        const { method, by, reason, sessions } = argument;
        const detail = [method ?? by ?? reason, sessions?.length].filter((part) => part !== undefined);
        calls.push([name, ...detail].join(" "));
      },
    ]),
  ) as HookOptions["hooks"];
  return { calls, events, options: { hooks, onEvent: (event) => events.push(event) } };
}

describe("hooks", () => {
  for (const { name, open, cleanup } of STORES) {
    it(`are called once for each effect, in order, on ${name}`, async (t) => {
      t.after(cleanup);
      const { calls, events, options } = recording();
      const { anon, clock } = setUp(await open(), options as Options);
      const takeCalls = (): string[] => calls.splice(0);

      const guest = await anon.signInAnonymously();
      assert.deepEqual(takeCalls(), ["beforeCreate", "afterCreate", "afterSignIn anonymous"]);
      await anon.admin.createUser();
      assert.deepEqual(takeCalls(), ["beforeCreate", "afterCreate"]);
      const once = { idempotencyKey: "an-idempotency-key" };
      await Promise.all([anon.signInAnonymously(once), anon.signInAnonymously(once)]);
      assert.deepEqual(takeCalls(), ["beforeCreate", "afterCreate", "afterSignIn anonymous"]);

      await anon.authenticate(guest.token);
      await anon.signInWithToken(guest.token);
      await anon.refresh(guest.token);
      assert.deepEqual(takeCalls(), [], "continuing a session is not a sign-in");
      const { token } = await anon.convert(guest.token, ADA);
      assert.deepEqual(takeCalls(), ["beforeConvert", "afterConvert", "afterSessionEnd convert 1"]);
      const again = await anon.signInWithPassword(ADA.email, ADA.password);
      assert.deepEqual(takeCalls(), ["beforeSignIn password", "afterSignIn password"]);
      await anon.signOut(again.token);
      await anon.signOut(again.token);
      assert.deepEqual(takeCalls(), ["beforeSessionEnd sign_out 1", "afterSessionEnd sign_out 1"]);
      await anon.signInWithPassword(ADA.email, ADA.password);
      takeCalls();
      await anon.signOut(token, { everywhere: true });
      assert.deepEqual(takeCalls(), ["beforeSessionEnd everywhere 2", "afterSessionEnd everywhere 2"]);
      assert.equal(await anon.admin.delete(guest.record.id), true);
      assert.equal(await anon.admin.delete(guest.record.id), false);
      assert.deepEqual(takeCalls(), ["beforeDelete delete", "afterDelete delete"]);

      clock.now += 40 * DAY;
      const report = await anon.admin.gc({ olderThan: "30d" });
      assert.equal(report.deleted, 2);
      assert.deepEqual(takeCalls().sort(), ["afterDelete gc", "afterDelete gc", "beforeDelete gc", "beforeDelete gc"]);

      assert.deepEqual(
        events.map(({ type, cause = "" }) => `${type} ${cause}`.trim()),
        [
          "created",
          "signed_in anonymous",
          "created",
          "created",
          "signed_in anonymous",
          "converted",
          "session_ended convert",
          "signed_in password",
          "session_ended sign_out",
          "signed_in password",
          "session_ended everywhere",
          "deleted delete",
          "deleted gc",
          "deleted gc",
        ],
      );
      for (const event of events) {
        assert.match(event.time, /^\d{4}-\d\d-\d\dT/);
        assert.match(event.account.id, /^[a-z0-9]{15}$/);
        assert.equal(event.account.collection, "users");
        assert.doesNotMatch(JSON.stringify(event), /@|eyJ|horse/, "no email, no token, no password");
      }
      assert.deepEqual(
        events.filter(({ type }) => type === "converted").map(({ anonymous }) => anonymous),
        [false],
      );
    });
  }

  it("report a registration only as a creation", async () => {
    const { calls, options } = recording();
    const { anon } = setUp(memory(), options as Options);
    const register = (email: string): Promise<Response> =>
      anon.handler(
        new Request("https://shop.example/api/collections/users/records", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ email, password: ADA.password, passwordConfirm: ADA.password }),
        }),
      );
    assert.equal((await register(ADA.email)).status, 200);
    assert.deepEqual(calls.splice(0), ["beforeCreate", "afterCreate"]);
    assert.equal((await register(ADA.email)).status, 400);
    assert.deepEqual(calls, ["beforeCreate"], "a refused registration creates nothing");
  });

  it("that run before an effect refuse it with `false` or their own error, and nothing changes", async () => {
    let outcome: boolean | Error = true;
    const decide = (): boolean => {
      if (typeof outcome === "boolean") return outcome;
      throw outcome;
    };
    const { calls, options } = recording();
    const { anon } = setUp(memory(), options as Options);
    const guest = await anon.signInAnonymously();
    const member = await anon.convert((await anon.signInAnonymously()).token, ADA);
    for (const name of ["beforeCreate", "beforeSignIn", "beforeConvert", "beforeDelete", "beforeSessionEnd"] as const) {
      anon.hooks.hook(name, decide);
    }
    const attempts: [string, () => Promise<unknown>][] = [
      ["creation_refused", () => anon.signInAnonymously()],
      ["refused", () => anon.signInWithPassword(ADA.email, ADA.password)],
      ["refused", () => anon.convert(guest.token, { ...ADA, email: "b@example.com" })],
      ["refused", () => anon.admin.delete(guest.record.id)],
      ["refused", () => anon.signOut(member.token)],
    ];
    for (const [code, call] of attempts) {
      calls.splice(0);
      outcome = false;
      await assert.rejects(call, (error: AnonError) => error instanceof AnonError && error.code === code);
      const own = new Error("a captcha is needed");
      outcome = own;
      await assert.rejects(call, (error) => error === own);
      assert.deepEqual(
        calls.filter((one) => one.startsWith("after")),
        [],
      );
    }
    outcome = true;
    assert.equal((await anon.authenticate(guest.token))?.record.anonymous, true);
    assert(await anon.authenticate(member.token));
    assert.equal(await anon.admin.findByEmail("b@example.com"), null);
    for (const [, call] of attempts) await call();
  });

  it("refuse only with `false`, except beforeCreate, which refuses with any falsy value", async () => {
    const { anon } = setUp(memory(), { hooks: { beforeDelete: () => 0, beforeCreate: () => 1 } } as unknown as Options);
    assert.equal(await anon.admin.delete((await anon.signInAnonymously()).record.id), true);
    const { anon: strict } = setUp(memory(), { hooks: { beforeCreate: () => 0 } } as unknown as Options);
    await assert.rejects(strict.signInAnonymously(), { code: "creation_refused" });
    assert.throws(() => anon.hooks.hook(Symbol("x") as unknown as "afterCreate", () => undefined), {
      code: "invalid_options",
    });
  });

  it("that refuse or throw in gc keep the account", async () => {
    const { anon, clock } = setUp(memory(), {
      hooks: {
        beforeDelete: ({ record, by }) => {
          assert.equal(by, "gc");
          if (record.broken) throw new Error("the database is down");
          return !record.precious;
        },
      },
    } as Options);
    await anon.signInAnonymously({ data: { precious: true } });
    await anon.signInAnonymously({ data: { broken: true } });
    await anon.signInAnonymously();
    clock.now += 40 * DAY;
    const report = await anon.admin.gc({ olderThan: "30d" });
    assert.deepEqual([report.deleted, report.kept.vetoed, report.failed], [1, 1, 1]);
  });

  it("that run after an effect are not called if it failed", async () => {
    const { calls, options } = recording();
    let down = false;
    const driver = memory();
    const refusing = intercepting(driver, {
      swap: (...swap) => (down ? Promise.reject(new Error("gone")) : driver.swap(...swap)),
    });
    const { anon } = setUp(refusing, options as Options);
    const guest = await anon.signInAnonymously();
    calls.splice(0);
    down = true;
    for (const call of [
      () => anon.signInAnonymously(),
      () => anon.convert(guest.token, ADA),
      () => anon.admin.delete(guest.record.id),
      () => anon.signOut(guest.token),
    ]) {
      await assert.rejects(call);
    }
    assert.deepEqual(
      calls.filter((one) => one.startsWith("after")),
      [],
    );
  });
});
