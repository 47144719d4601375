/** The limits of an account while it is anonymous. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { AnonOptions } from "../../../sdk/contract/options.ts";
import memory from "../../../storage-drivers/memory.ts";
import { DAY, HOUR, PASSWORD, refused, refusedAtOnce, SECOND, setUp } from "../../support/sdk.ts";

const ADA = { email: "ada@example.com", password: PASSWORD };

describe("the option `anonymous`", () => {
  const make = (anonymous: unknown) => () => setUp(memory(), { anonymous } as Partial<AnonOptions>);
  const inUsers = (anonymous: unknown) => () =>
    setUp(memory(), { collections: { users: { anonymous } } } as Partial<AnonOptions>);

  it("is checked at once, at the top level and in a collection", () => {
    for (const at of [make, inUsers]) {
      for (const wrong of [null, 5, "x", [], { maxSession: 1 }, { toString: 1 }]) {
        refusedAtOnce(at(wrong), "invalid_options");
      }
      for (const maxSessions of [0, -1, 1.5, 1001, "1", null]) refusedAtOnce(at({ maxSessions }), "invalid_options");
      for (const maxDataBytes of [0, 1, 2.5, -5, "9", null, Number.NaN]) {
        refusedAtOnce(at({ maxDataBytes }), "invalid_options");
      }
      for (const lifetime of [0, 999, "0s"]) refusedAtOnce(at({ lifetime }), "invalid_options");
      const error = refusedAtOnce(at({ lifetime: "soon" }), "invalid_duration");
      assert.match(error.message, /^Cannot use `anonymous\.lifetime`/);
      at({ maxSessions: undefined, maxDataBytes: undefined, lifetime: undefined })();
    }
  });

  it("of a collection overrides the top-level one, field by field", async () => {
    const { anon, clock } = setUp(memory(), {
      anonymous: { lifetime: "1h", maxDataBytes: 10 },
      collections: { users: { anonymous: { maxDataBytes: 100, lifetime: undefined } }, customers: {} },
    });
    const data = { text: "more than ten" };
    await refused(anon.signInAnonymously({ collection: "customers", data }), "record_too_large");
    const { token } = await anon.signInAnonymously({ data });
    clock.now += HOUR;
    assert.equal(await anon.authenticate(token), null);
  });
});

describe("maxSessions of guests", () => {
  it("replaces the collection's until they convert", async () => {
    const { anon, clock } = setUp(memory(), { maxSessions: 3, anonymous: { maxSessions: 1 } });
    const guest = await anon.admin.createUser();
    const signIn = async (identity: string, password: string) => {
      clock.now += SECOND;
      return (await anon.signInWithPassword(identity, password)).token;
    };
    const first = await signIn(guest.email, guest.password);
    const second = await signIn(guest.email, guest.password);
    assert.equal(await anon.authenticate(first), null);
    assert.notEqual(await anon.authenticate(second), null);
    await anon.convert(second, ADA);
    const tokens = [];
    for (let at = 0; at < 3; at++) tokens.push(await signIn(ADA.email, PASSWORD));
    for (const token of tokens) assert.notEqual(await anon.authenticate(token), null);
  });
});

describe("maxDataBytes of guests", () => {
  const dataOf = (bytes: number) => ({ a: "x".repeat(bytes - '{"a":""}'.length) });

  it("limits their JSON in bytes, on creation and on update", async () => {
    const { anon } = setUp(memory(), { anonymous: { maxDataBytes: 50 } });
    const { record } = await anon.signInAnonymously({ data: dataOf(50) });
    const key = "an-idempotency-key";
    await refused(anon.signInAnonymously({ data: dataOf(51) }), "record_too_large");
    await refused(anon.signInAnonymously({ data: dataOf(51), idempotencyKey: key }), "record_too_large");
    await refused(anon.admin.createUser({ data: dataOf(51) }), "record_too_large");
    // 17 letters of 3 bytes
    await refused(anon.signInAnonymously({ data: { a: "€".repeat(17) } }), "record_too_large");
    await refused(anon.admin.update(record.id, { b: 1 }), "record_too_large");
    assert.equal((await anon.admin.update(record.id, { a: undefined, b: 1 })).b, 1);
    await anon.signInAnonymously({ idempotencyKey: key });
  });

  it("always allows an account without fields", async () => {
    const { anon } = setUp(memory(), { anonymous: { maxDataBytes: 2 } });
    await anon.signInAnonymously({ data: {} });
    await anon.admin.createUser();
  });

  it("does not limit conversions or registered accounts", async () => {
    const { anon } = setUp(memory(), { anonymous: { maxDataBytes: 50 } });
    const { token } = await anon.signInAnonymously({ data: dataOf(50) });
    const { record } = await anon.convert(token, { ...ADA, data: { b: "x".repeat(100) } });
    await anon.admin.update(record.id, { c: "x".repeat(100) });
    const url = "https://shop.example/api/collections/users/records";
    const body = JSON.stringify({
      email: "b@example.com",
      password: PASSWORD,
      passwordConfirm: PASSWORD,
      ...dataOf(99),
    });
    const headers = { "content-type": "application/json" };
    assert.equal((await anon.handler(new Request(url, { method: "POST", headers, body }))).status, 200);
  });

  it("is checked only when fields are set, so a guest that already exceeds it stays usable", async () => {
    const driver = memory();
    const before = setUp(driver);
    const guest = await before.anon.admin.createUser({ data: dataOf(500) });
    const { anon, clock } = setUp(driver, { anonymous: { maxDataBytes: 50 }, activityResolution: "0s" });
    clock.now = before.clock.now;
    const { token } = await anon.signInWithPassword(guest.email, guest.password);
    clock.now += 20 * DAY;
    const renewed = await anon.authenticate(token);
    await anon.refresh(renewed?.token ?? "");
    await anon.signOut(token);
    assert.equal((await anon.admin.get(guest.record.id))?.a, dataOf(500).a);
  });

  it("is exact to the byte for any fields", async () => {
    const text = fc.string({ unit: "binary", maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: -2, max: 2 }), async (value, off) => {
        const bytes = new TextEncoder().encode(JSON.stringify({ value })).length;
        const { anon } = setUp(memory(), { anonymous: { maxDataBytes: bytes + off } });
        const made = anon.signInAnonymously({ data: { value } });
        if (off < 0) await refused(made, "record_too_large");
        else assert.equal((await made).record.value, value);
      }),
    );
  });
});
