/** What the compiler accepts and refuses of the public types. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createStorage, type Driver, type Storage } from "unstorage";
import * as z from "zod";
import { guard } from "../../sdk/adapters/fetch.ts";
import { anonymous } from "../../sdk/adapters/next.ts";
import { defineConfig } from "../../sdk/config.ts";
import { createAnon } from "../../sdk/create-anon.ts";
import type { Anon, AtomicDriver, Duration, KeyValueDriver, KeyValueStorage } from "../../sdk/types.ts";
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

  it("have the name of the collection that a call names", async () => {
    const anon = shop();
    const { token, record } = await anon.signInAnonymously({ collection: "customers" });
    assert.equal(record.collectionName satisfies "customers", "customers");
    assert.deepEqual(record.cart satisfies string[], []);
    const current: NonNullable<Awaited<ReturnType<typeof anon.authenticate>>>["record"] = record;
    assert.equal(current.id, record.id);
    const converted = await anon.convert(token, { email: "ada@example.com", password: "correct horse battery" });
    for (const owned of [converted.record, (await anon.exportAccount(converted.token)).record]) {
      // @ts-expect-error: a field of one collection only
      assert.deepEqual(owned.cart, []);
      if (owned.collectionName === "customers") assert.deepEqual(owned.cart satisfies string[], []);
      else assert.fail(owned.theme satisfies string);
    }
    const found = await anon.admin.get({ collection: "customers", id: record.id });
    assert.equal(found?.collectionName satisfies "customers" | undefined, "customers");
  });
});

describe("capabilities", () => {
  const base = { storage: memory(), secret: SECRET };

  it("are those that collections grant", async () => {
    const anon = createAnon({
      ...base,
      capabilities: { anonymous: ["cart:*"], registered: ["cart:*", "orders:write"] },
      collections: {
        users: {},
        staff: { capabilities: { registered: ({ id }) => (id ? (["stock:count"] as const) : []) } },
      },
    });
    const { record } = await anon.signInAnonymously();
    assert.ok(anon.can(record, "cart:items:write") && !anon.can(record, "orders:write"));
    assert.ok(!anon.can(record, "stock:count"));
    // @ts-expect-error: misspelt
    assert.ok(!anon.can(record, "crat:write"));
    // @ts-expect-error: misspelt
    assert.throws(() => anon.authorize(record, "orders:wriet"));
    const context = await anon.context(new Request("https://shop.example/"));
    assert.ok(!(await context.can("stock:count")));
    // @ts-expect-error: misspelt
    assert.ok(!(await context.can("crat:write")));
    // @ts-expect-error: misspelt
    await assert.rejects(context.authorize("orders:wriet"));
    assert.ok(guard(anon, { capability: "orders:write" }));
    // @ts-expect-error: misspelt
    assert.ok(guard(anon, { capability: "orders:wriet" }));
    const inNext = () => anonymous(() => anon);
    type NextGuard = Parameters<ReturnType<typeof inNext>["guard"]>[0];
    // @ts-expect-error: misspelt
    const misspelt: NextGuard = { capability: "orders:wriet" };
    const spelt: NextGuard = { capability: "orders:write" };
    assert.ok(misspelt && spelt);
  });

  it("may be any where they are not listed", async () => {
    const { record } = await createAnon(base).signInAnonymously();
    const permissive: string[] = ["cart:*"];
    const listed = { anonymous: ["cart:write"], registered: ["orders:write"] } as const;
    for (const anon of [
      createAnon(base),
      createAnon({ ...base, capabilities: { anonymous: ["cart:*"] } }),
      createAnon({ ...base, capabilities: { ...listed, registered: ["*"] } }),
      createAnon({ ...base, capabilities: { ...listed, anonymous: permissive } }),
      createAnon({ ...base, capabilities: { ...listed, registered: () => permissive } }),
      createAnon({ ...base, collections: { users: {}, staff: { capabilities: listed } } }),
    ] satisfies Anon[]) {
      assert.ok(!anon.can(record, "orders:read"));
      assert.ok(guard(anon, { capability: "orders:read" }));
    }
  });

  it("are known from a configuration, and without collections", async () => {
    const { record } = await createAnon(base).signInAnonymously();
    const config = defineConfig({
      capabilities: { anonymous: ["cart:write"], registered: ["orders:write"] },
      collections: { users: {}, staff: { capabilities: { registered: ["stock:*"] } } },
    });
    for (const anon of [
      createAnon({ ...config, ...base }),
      createAnon({ ...base, capabilities: { anonymous: ["cart:write"], registered: ["orders:write", "stock:*"] } }),
    ]) {
      assert.ok(anon.can(record, "cart:write") && !anon.can(record, "stock:count"));
      // @ts-expect-error: misspelt
      assert.ok(!anon.can(record, "cart:wriet"));
    }
  });

  it("are only those of the collections if each grants its own", async () => {
    const own = { anonymous: [], registered: ["orders:write"] } as const;
    const anon = createAnon({ ...base, collections: { users: { capabilities: own } } });
    const { record } = await anon.signInAnonymously();
    assert.ok(!anon.can(record, "orders:write"));
    // @ts-expect-error: misspelt
    assert.ok(!anon.can(record, "orders:wriet"));
  });
});

describe("a duration", () => {
  it("is refused at compile time if its unit is unknown", () => {
    const hours: number = 36;
    const accepted: Duration[] = [0, "500ms", "45s", "90m", "12h", "30d", "2w", "P30D", "PT12H", `${hours}h`];
    assert.equal(accepted.length, 10);
    // @ts-expect-error: a year has no fixed length
    const year: Duration = "P1Y";
    // @ts-expect-error: neither has a month
    const month: Duration = "P1M";
    // @ts-expect-error: a word for a unit
    const words: Duration = "7 days";
    // @ts-expect-error: no unit
    const bare: Duration = "30";
    // @ts-expect-error: pass it to parseDuration
    const variable: Duration = String(words);
    assert.ok(bare && variable && year && month);
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
