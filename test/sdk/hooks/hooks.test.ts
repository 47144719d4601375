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

/** Every hook and event, in the order in which they came. */
function listening(): { heard: string[]; events: AnonEvent[]; options: HookOptions } {
  const heard: string[] = [];
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
        heard.push([name, ...detail].join(" "));
      },
    ]),
  ) as HookOptions["hooks"];
  return { heard, events, options: { hooks, onEvent: (event) => events.push(event) } };
}

describe("hooks", () => {
  for (const { name, open, cleanup } of STORES) {
    it(`are called once for each effect, in order, on ${name}`, async (t) => {
      t.after(cleanup);
      const { heard, events, options } = listening();
      const { anon, clock } = setUp(await open(), options as Options);
      const take = (): string[] => heard.splice(0);

      const guest = await anon.signInAnonymously();
      assert.deepEqual(take(), ["beforeCreate", "afterCreate", "afterSignIn anonymous"]);
      await anon.admin.createUser();
      assert.deepEqual(take(), ["beforeCreate", "afterCreate"]);
      const once = { idempotencyKey: "an-idempotency-key" };
      await Promise.all([anon.signInAnonymously(once), anon.signInAnonymously(once)]);
      assert.deepEqual(take(), ["beforeCreate", "afterCreate", "afterSignIn anonymous"]);

      await anon.authenticate(guest.token);
      await anon.signInWithToken(guest.token);
      await anon.refresh(guest.token);
      assert.deepEqual(take(), [], "whoever goes on with a session begins none");
      const { token } = await anon.convert(guest.token, ADA);
      assert.deepEqual(take(), ["beforeConvert", "afterConvert", "afterSessionEnd convert 1"]);
      const again = await anon.signInWithPassword(ADA.email, ADA.password);
      assert.deepEqual(take(), ["beforeSignIn password", "afterSignIn password"]);
      await anon.signOut(again.token);
      await anon.signOut(again.token);
      assert.deepEqual(take(), ["beforeSessionEnd sign_out 1", "afterSessionEnd sign_out 1"]);
      await anon.signInWithPassword(ADA.email, ADA.password);
      take();
      await anon.signOut(token, { everywhere: true });
      assert.deepEqual(take(), ["beforeSessionEnd everywhere 2", "afterSessionEnd everywhere 2"]);
      assert.equal(await anon.admin.delete(guest.record.id), true);
      assert.equal(await anon.admin.delete(guest.record.id), false);
      assert.deepEqual(take(), ["beforeDelete delete", "afterDelete delete"]);

      clock.now += 40 * DAY;
      const report = await anon.admin.gc({ olderThan: "30d" });
      assert.equal(report.deleted, 2);
      assert.deepEqual(take().sort(), ["afterDelete gc", "afterDelete gc", "beforeDelete gc", "beforeDelete gc"]);

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

  it("of somebody who registers tell that an account was made, and nothing of the guest it was", async () => {
    const { heard, options } = listening();
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
    assert.deepEqual(heard.splice(0), ["beforeCreate", "afterCreate"]);
    assert.equal((await register(ADA.email)).status, 400);
    assert.deepEqual(heard, ["beforeCreate"], "what was refused did not happen");
  });

  it("before something refuse it, with the answer `false` or their own error, and nothing has happened", async () => {
    let says: boolean | Error = true;
    const answer = (): boolean => {
      if (typeof says === "boolean") return says;
      throw says;
    };
    const { heard, options } = listening();
    const { anon } = setUp(memory(), options as Options);
    const guest = await anon.signInAnonymously();
    const member = await anon.convert((await anon.signInAnonymously()).token, ADA);
    for (const name of ["beforeCreate", "beforeSignIn", "beforeConvert", "beforeDelete", "beforeSessionEnd"] as const) {
      anon.hooks.hook(name, answer);
    }
    const calls: [string, () => Promise<unknown>][] = [
      ["creation_refused", () => anon.signInAnonymously()],
      ["refused", () => anon.signInWithPassword(ADA.email, ADA.password)],
      ["refused", () => anon.convert(guest.token, { ...ADA, email: "b@example.com" })],
      ["refused", () => anon.admin.delete(guest.record.id)],
      ["refused", () => anon.signOut(member.token)],
    ];
    for (const [code, call] of calls) {
      heard.splice(0);
      says = false;
      await assert.rejects(call, (error: AnonError) => error instanceof AnonError && error.code === code);
      const own = new Error("a captcha is needed");
      says = own;
      await assert.rejects(call, (error) => error === own);
      assert.deepEqual(
        heard.filter((one) => one.startsWith("after")),
        [],
      );
    }
    says = true;
    assert.equal((await anon.authenticate(guest.token))?.record.anonymous, true);
    assert(await anon.authenticate(member.token));
    assert.equal(await anon.admin.findByEmail("b@example.com"), null);
    for (const [, call] of calls) await call();
  });

  it("take nothing but `false` for a refusal, except where an account is made", async () => {
    const { anon } = setUp(memory(), { hooks: { beforeDelete: () => 0, beforeCreate: () => 1 } } as unknown as Options);
    assert.equal(await anon.admin.delete((await anon.signInAnonymously()).record.id), true);
    const { anon: strict } = setUp(memory(), { hooks: { beforeCreate: () => 0 } } as unknown as Options);
    await assert.rejects(strict.signInAnonymously(), { code: "creation_refused" });
    assert.throws(() => anon.hooks.hook(Symbol("x") as unknown as "afterCreate", () => undefined), {
      code: "invalid_options",
    });
  });

  it("of gc keep what they refuse, and what they cannot tell of", async () => {
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

  it("are not called for what failed", async () => {
    const { heard, options } = listening();
    let down = false;
    const driver = memory();
    const refusing = intercepting(driver, {
      swap: (...swap) => (down ? Promise.reject(new Error("gone")) : driver.swap(...swap)),
    });
    const { anon } = setUp(refusing, options as Options);
    const guest = await anon.signInAnonymously();
    heard.splice(0);
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
      heard.filter((one) => one.startsWith("after")),
      [],
    );
  });
});
