/** What the compiler accepts and refuses of the public types. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createStorage, type Driver, type Storage } from "unstorage";
import * as z from "zod";
import { createAnon } from "../../sdk/create-anon.ts";
import type { AtomicDriver, Duration, KeyValueDriver, KeyValueStorage } from "../../sdk/types.ts";
import memory from "../../storage-drivers/memory.ts";
import { SECRET } from "../support/sdk.ts";

function shop() {
  return createAnon({
    storage: memory(),
    secret: SECRET,
    collections: {
      users: { schema: z.object({ theme: z.string().default("light") }) },
      customers: { schema: z.object({ cart: z.array(z.string()).default([]) }) },
    },
  });
}

describe("the records of several collections", () => {
  it("are a union that collectionName tells apart", async () => {
    const anon = shop();
    const { token } = await anon.signInAnonymously({ collection: "customers" });
    const request = new Request("https://shop.example/", { headers: { authorization: `Bearer ${token}` } });
    const context = await anon.context(request);
    for (const signedIn of [await anon.authenticate(token), await context.auth(), await anon.refresh(token)]) {
      assert.ok(signedIn);
      const { record } = signedIn;
      // @ts-expect-error: a field of one collection only
      assert.deepEqual(record.cart, []);
      if (record.collectionName === "customers") assert.deepEqual(record.cart satisfies string[], []);
      else assert.fail(record.theme satisfies string);
      // @ts-expect-error: an unknown collection
      assert.ok(record.collectionName !== "staff");
    }
  });
});

describe("a duration", () => {
  it("is refused at compile time if its unit is unknown", () => {
    const hours: number = 36;
    const accepted: Duration[] = [0, "500ms", "45s", "90m", "12h", "30d", "2w", "P30D", "PT12H", `${hours}h`];
    assert.equal(accepted.length, 10);
    // @ts-expect-error: a word for a unit
    const words: Duration = "7 days";
    // @ts-expect-error: no unit
    const bare: Duration = "30";
    // @ts-expect-error: pass it to parseDuration
    const variable: Duration = String(words);
    assert.ok(bare && variable);
  });
});

describe("the types of unstorage", () => {
  it("are assignable to ours, and ours to them", () => {
    const storage: Storage = createStorage();
    const used: KeyValueStorage = storage;
    const own: AtomicDriver = memory();
    const driver: Driver = own;
    const back: KeyValueDriver = driver;
    const again: Driver = back;
    for (const accepted of [storage, driver, own, back]) {
      createAnon({ storage: accepted, secret: SECRET, collections: { users: {} } });
    }
    assert.ok(used && again);
  });
});
