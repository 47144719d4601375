/** A driver in JavaScript whose methods are no async functions: the conformance suite awaits them, and so does the SDK. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import memory from "../../../storage-drivers/memory.ts";
import { setUp } from "../../support/sdk.ts";

const forms: Record<string, (value: unknown) => unknown> = {
  "a value": (value) => value,
  // as the query builders of databases do
  "an object with a method then that returns nothing": (value) => ({
    // biome-ignore lint/suspicious/noThenProperty: it is what the test is about
    then: (resolve: (value: unknown) => void) => resolve(value),
  }),
};

/** A driver over a map, as far as sign-ins need it. */
function driverThatReturns(form: (value: unknown) => unknown): AtomicDriver {
  const values = new Map<string, string>();
  const read = (key: string) => form(values.get(key) ?? null);
  const swap = (key: string, expected: string | null, next: string | null) => {
    if ((values.get(key) ?? null) !== expected) return form(false);
    if (next === null) values.delete(key);
    else values.set(key, next);
    return form(true);
  };
  return { ...memory(), read, swap } as unknown as AtomicDriver;
}

describe("a driver", () => {
  for (const [name, form] of Object.entries(forms)) {
    it(`may return ${name} instead of a promise`, async () => {
      const { anon } = setUp(driverThatReturns(form));
      const { token, record } = await anon.signInAnonymously();
      assert.equal((await anon.authenticate(token))?.record.id, record.id);
      const input = { email: "ada@example.com", password: "correct horse battery" };
      assert.equal((await anon.convert(token, input)).record.email, input.email);
      assert.equal((await anon.signInWithPassword(input.email, input.password)).record.id, record.id);
    });
  }
});
