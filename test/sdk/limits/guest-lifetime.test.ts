/** `anonymous.lifetime` limits how long a guest can be used. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeAccount } from "../../../sdk/account/codec.ts";
import type { AnonOptions } from "../../../sdk/contract/options.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import type { Duration } from "../../../sdk/types.ts";
import memory from "../../../storage-drivers/memory.ts";
import { counting, DAY, HOUR, MINUTE, PASSWORD, refused, SECOND, setUp } from "../../support/sdk.ts";

const ADA = { email: "ada@example.com", password: PASSWORD };

async function stored(driver: AtomicDriver, id: string) {
  const key = `acc:users:${id}`;
  return decodeAccount("users", id, key, (await driver.read(key)) ?? "");
}

/** The last millisecond in which a guest created at that time is valid. */
const lastValid = (created: number, lifetime: number): number => Math.floor((created + lifetime) / SECOND) * SECOND - 1;

describe("the lifetime of guests", () => {
  const limited = (lifetime: Duration, options: Partial<AnonOptions> = {}, driver = memory()) => {
    const { anon, clock } = setUp(driver, { anonymous: { lifetime }, ...options });
    return { anon, clock, driver, created: clock.now };
  };

  it("limits the first session, its token and its cookie", async () => {
    const { anon, clock, created } = limited("1h");
    const { token } = await anon.signInAnonymously();
    assert.equal(anon.verifyToken(token)?.exp, Math.floor((created + HOUR) / SECOND));
    const keyed = await anon.signInAnonymously({ idempotencyKey: "an-idempotency-key" });
    assert.equal(anon.verifyToken(keyed.token)?.exp, Math.floor((created + HOUR) / SECOND));
    const context = await anon.context(new Request("https://shop.example/"));
    await context.signInAnonymously();
    const cookie = context.respond(new Response()).headers.get("set-cookie") ?? "";
    assert.match(cookie, /Max-Age=3599/);
    clock.now = lastValid(created, HOUR);
    assert.notEqual(await anon.authenticate(token), null);
    clock.now++;
    assert.equal(await anon.authenticate(token), null);
  });

  it("is not exceeded by renewal or refresh, and causes no write near its end", async () => {
    const { driver, calls } = counting(memory());
    const { anon, clock, created } = limited("40d", { activityResolution: "100d" }, driver as never);
    const { token } = await anon.signInAnonymously();
    const exp = Math.floor((created + 40 * DAY) / SECOND);
    clock.now += 20 * DAY;
    const renewed = await anon.authenticate(token);
    assert.equal(renewed?.claims.exp, exp);
    const { swap } = calls;
    for (const days of [30, 39]) {
      clock.now = created + days * DAY;
      assert.equal((await anon.authenticate(renewed.token))?.token, renewed.token);
    }
    assert.equal(calls.swap, swap);
    const refreshed = await anon.refresh(renewed.token);
    assert.equal(anon.verifyToken(refreshed.token)?.exp, exp);
  });

  it("makes every call with the guest fail after its end, but deletes no account", async () => {
    const { anon, clock, created } = limited("1h");
    const hookCalls: string[] = [];
    anon.hooks.hook("beforeSignIn", ({ record }) => {
      hookCalls.push(record.id);
      return true;
    });
    const guest = await anon.admin.createUser();
    clock.now = lastValid(created, HOUR);
    const { token } = await anon.signInWithPassword(guest.email, guest.password);
    clock.now++;
    await refused(anon.signInWithPassword(guest.email, guest.password), "invalid_credentials");
    assert.equal(hookCalls.length, 1);
    await refused(anon.signInWithToken(token), "invalid_token");
    await refused(anon.refresh(token), "invalid_token");
    await refused(anon.convert(token, ADA), "invalid_token");
    await anon.signOut(token);
    assert.equal((await anon.admin.get(guest.record.id))?.id, guest.record.id);
    assert.equal((await anon.admin.gc({ olderThan: "1h" })).deleted, 0);
    clock.now += 3 * HOUR;
    assert.equal((await anon.admin.gc({ olderThan: "1h" })).deleted, 1);
  });

  it("ends a session that an idempotency key began", async () => {
    const { anon, clock } = limited("1m");
    const idempotencyKey = "an-idempotency-key";
    await anon.signInAnonymously({ idempotencyKey });
    clock.now += MINUTE;
    await refused(anon.signInAnonymously({ idempotencyKey }), "idempotency_key_used");
  });

  it("does not apply to converted accounts, even if admin.convert converts an expired guest", async () => {
    const { anon, clock } = limited("1h");
    const [one, other] = [await anon.signInAnonymously(), await anon.signInAnonymously()];
    const { token } = await anon.convert(one.token, ADA);
    clock.now += 10 * DAY;
    assert.notEqual(await anon.authenticate(token), null);
    await anon.signInWithPassword(ADA.email, PASSWORD);
    await anon.admin.convert({ id: other.record.id }, { ...ADA, email: "b@example.com" });
    await anon.signInWithPassword("b@example.com", PASSWORD);
  });

  it("ends sessions that began before the option was set", async () => {
    const driver = memory();
    const before = setUp(driver);
    const { token } = await before.anon.signInAnonymously();
    const { anon, clock } = limited("1d", {}, driver);
    clock.now = before.clock.now + DAY - SECOND;
    assert.notEqual(await anon.authenticate(token), null);
    clock.now += SECOND;
    assert.equal(await anon.authenticate(token), null);
    await refused(anon.refresh(token), "invalid_token");
  });

  it("holds for any sequence of calls, and every returned token is valid", async () => {
    const step = fc.tuple(fc.constantFrom("authenticate", "refresh", "password"), fc.integer({ min: 0, max: 5_000 }));
    const millis = fc.integer({ min: 1_000, max: 20_000 });
    await fc.assert(
      fc.asyncProperty(millis, millis, fc.array(step, { maxLength: 12 }), async (lifetime, sessionTtl, steps) => {
        const driver = memory();
        const { anon, clock } = setUp(driver, { anonymous: { lifetime }, sessionTtl, activityResolution: "0s" });
        const created = clock.now;
        const { email, password, record } = await anon.admin.createUser();
        let { token } = await anon.signInWithPassword(email, password);
        for (const [action, pause] of steps) {
          clock.now += pause;
          const attempt: Promise<{ token: string } | null> =
            action === "authenticate"
              ? anon.authenticate(token)
              : action === "refresh"
                ? anon.refresh(token)
                : anon.signInWithPassword(email, password);
          const data = await attempt.catch(() => null);
          if (data) {
            token = data.token;
            assert.notEqual(anon.verifyToken(token), null, "a returned token is valid");
            assert.notEqual(await anon.authenticate(token), null);
            assert(clock.now < created + lifetime);
          }
          for (const { expires } of (await stored(driver, record.id)).sessions) assert(expires <= created + lifetime);
        }
      }),
    );
  });
});
