import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import * as z from "zod";
import { createAnon } from "../../../sdk/create-anon.ts";
import memory from "../../../storage-drivers/memory.ts";
import { PASSWORD, refused, refusedAtOnce, SECRET, setUp } from "../../support/sdk.ts";

const user = z.object({
  theme: z.enum(["light", "dark"]).default("light"),
  age: z.number().int().optional(),
  tags: z.array(z.object({ name: z.string() })).optional(),
});

function typed() {
  return createAnon({
    storage: memory(),
    secret: SECRET,
    collections: { users: { schema: user }, customers: { sessionTtl: "7d" } },
  });
}

describe("a schema", () => {
  it("types the record and fills in defaults", async () => {
    const anon = typed();
    const { record, token } = await anon.signInAnonymously({ data: { age: 36 } });
    const theme: "light" | "dark" = record.theme;
    const age: number | undefined = record.age;
    assert.deepEqual([theme, age], ["light", 36]);
    // @ts-expect-error: not a field of the schema
    assert.equal(record.nonsense, undefined);
    // @ts-expect-error: not a theme of the schema
    await refused(anon.signInAnonymously({ data: { theme: "blue" } }), "invalid_data");
    // @ts-expect-error: age is a number
    await refused(anon.admin.update(record.id, { age: "36" }), "invalid_data");
    // @ts-expect-error: an unknown collection
    await refused(anon.signInAnonymously({ collection: "staff" }), "unknown_collection");
    const updated = await anon.admin.update(record.id, { theme: "dark", age: undefined });
    assert.deepEqual([updated.theme, "age" in updated], ["dark", false]);
    const converted = await anon.convert<"users">(token, {
      email: "ada@example.com",
      password: PASSWORD,
      data: { tags: [{ name: "x" }] },
    });
    const name: string | undefined = converted.record.tags?.[0]?.name;
    assert.deepEqual([name, converted.record.theme], ["x", "dark"]);
    const customer = await anon.signInAnonymously({ collection: "customers", data: { anything: [1] } });
    const anything: unknown = customer.record.anything;
    assert.deepEqual(anything, [1]);
    for await (const listed of anon.admin.list()) assert.equal(listed.theme satisfies "light" | "dark", "dark");
  });

  it("types the only collection when its name is not users", async () => {
    const anon = createAnon({ storage: memory(), secret: SECRET, collections: { guests: { schema: user } } });
    const { record } = await anon.signInAnonymously({ collection: "guests" });
    assert.equal(record.theme satisfies "light" | "dark", "light");
    await refused(anon.signInAnonymously(), "unknown_collection");
  });

  it("reports an issue for every invalid field", async () => {
    const anon = typed();
    const data = { age: 1.5, tags: [{ name: "x" }, { name: 5 }] } as never;
    const error = await refused(anon.signInAnonymously({ data }), "invalid_data");
    assert.deepEqual(error.issues.map(({ path }) => path).sort(), ["age", "tags.1.name"]);
    assert(error.issues.every(({ message }) => message.length > 0));
  });

  it("may be asynchronous, transform values idempotently, and refuse the removal of a required field", async () => {
    const schema = z.strictObject({
      code: z
        .string()
        .transform((text) => text.trim().toUpperCase())
        .refine(async (text) => await Promise.resolve(text.length < 6)),
      note: z.string().exactOptional(),
    });
    const anon = createAnon({ storage: memory(), secret: SECRET, collections: { users: { schema } } });
    await refused(anon.signInAnonymously(), "invalid_data");
    const { record } = await anon.signInAnonymously({ data: { code: " abc ", note: "x" } });
    assert.equal(record.code, "ABC");
    const updated = await anon.admin.update(record.id, { note: undefined });
    assert.deepEqual([updated.code, "note" in updated], ["ABC", false]);
    await refused(anon.admin.update(record.id, { code: "too long" }), "invalid_data");
    assert.deepEqual(await anon.admin.get(record.id), updated);
    await refused(anon.admin.update(record.id, { code: undefined }), "invalid_data");
  });

  it("may come from any Standard Schema library, and may not return built-in names", async () => {
    const schema: StandardSchemaV1<Record<string, unknown>, Record<string, unknown>> = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value) =>
          (value as { bad?: boolean }).bad
            ? { issues: [{ message: "is bad", path: ["a", { key: 0 }, { key: "b" }] }, { message: "the whole value" }] }
            : { value: { ...(value as object), ...((value as { sly?: boolean }).sly ? { verified: true } : {}) } },
      },
    };
    const anon = createAnon({ storage: memory(), secret: SECRET, collections: { users: { schema } } });
    await anon.signInAnonymously({ data: { fine: true } });
    await refused(anon.signInAnonymously({ data: { sly: true } }), "reserved_field");
    const error = await refused(anon.signInAnonymously({ data: { bad: true } }), "invalid_data");
    assert.deepEqual(error.issues, [
      { path: "a.0.b", message: "is bad" },
      { path: "", message: "the whole value" },
    ]);
  });

  it("is refused by createAnon if it is not a Standard Schema", () => {
    for (const schema of [null, {}, { "~standard": {} }, () => true, "string"]) {
      refusedAtOnce(
        () => createAnon({ storage: memory(), secret: SECRET, collections: { users: { schema: schema as never } } }),
        "invalid_options",
      );
    }
  });
});

describe("own fields", () => {
  const { anon } = setUp(memory());
  const attempt = (data: unknown) => anon.signInAnonymously({ data: data as Record<string, unknown> });

  it("may not have built-in names", async () => {
    const names = ["id", "collectionName", "email", "username", "verified", "anonymous", "created", "updated"];
    const { record } = await anon.signInAnonymously();
    for (const name of [
      ...names,
      "collectionId",
      "password",
      "token",
      "constructor",
      "prototype",
      "toString",
      "toJSON",
    ]) {
      const error = await refused(attempt({ [name]: "x" }), "reserved_field");
      assert(error.message.includes(`"${name}"`));
      await refused(anon.admin.update(record.id, { [name]: undefined }), "reserved_field");
    }
    assert.deepEqual(await anon.admin.get(record.id), record);
  });

  it("may not be named __proto__ at any depth", async () => {
    await refused(attempt(JSON.parse('{"__proto__":{"verified":true}}')), "reserved_field");
    await refused(attempt(JSON.parse('{"a":{"__proto__":{"x":1}}}')), "invalid_data");
    const error = await refused(attempt(JSON.parse('{"a":[1,{"b":{"__proto__":1}}]}')), "invalid_data");
    assert.deepEqual(
      error.issues.map(({ path }) => path),
      ["a.1.b.__proto__"],
    );
    assert.equal(({} as { x?: number }).x, undefined);
  });

  it("must be values that JSON keeps", async () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = { deeper: [cycle] };
    const sparse = [1, 2];
    sparse[5] = 3;
    const values = [
      new Date(),
      Number.NaN,
      Number.POSITIVE_INFINITY,
      10n,
      () => 1,
      Symbol("x"),
      new Map(),
      new Set(),
      /x/,
      new Uint8Array(2),
      new (class Cart {})(),
      cycle,
      sparse,
      [undefined],
      { inner: undefined },
      Promise.resolve(1),
    ];
    for (const value of values) {
      const error = await refused(attempt({ nested: { value } }), "invalid_data");
      assert(error.issues[0]?.path.startsWith("nested.value"), error.message);
      await refused(attempt({ value }), "invalid_data");
    }
    for (const data of [null, [], "text", 5, new Date(), new Map()]) await refused(attempt(data), "invalid_data");
  });

  it("are returned unchanged", async () => {
    const data = {
      empty: "",
      zero: 0,
      no: false,
      nothing: null,
      list: [[], {}, [null]],
      text: "“”\u0000\u2028 \ud83d\ude00 \ud800",
      big: 1e300,
      nested: { constructor: "allowed deeper", "with.dot": 1, "": 2 },
      "": "empty name",
      "10": "numeric name",
    };
    const { record } = await attempt(data);
    const stored = await anon.admin.get(record.id);
    for (const [name, value] of Object.entries(data)) assert.deepEqual(stored?.[name], value, name);
  });

  it("may be nested 32 levels deep, and a cycle or a shared object cannot hang the check", async () => {
    const nest = (levels: number): unknown => (levels === 0 ? "leaf" : { inner: nest(levels - 1) });
    await attempt(nest(31));
    await refused(attempt(nest(33)), "invalid_data");
    await refused(attempt(nest(5_000)), "invalid_data");
    let shared: unknown = [1];
    for (let level = 0; level < 28; level++) shared = [shared, shared, shared];
    await refused(attempt({ shared }), "record_too_large");
    const wide: unknown[] = [];
    for (let index = 0; index < 100; index++) wide.push(wide);
    await refused(attempt({ wide }), "invalid_data");
  });

  it("may have 256 KB, counted in bytes", async () => {
    const KB = 1024;
    await attempt({ text: "x".repeat(250 * KB) });
    await refused(attempt({ text: "x".repeat(256 * KB) }), "record_too_large");
    await refused(attempt({ text: "€".repeat(90 * KB) }), "record_too_large");
    await attempt({ text: "€".repeat(80 * KB) });
    await refused(attempt({ list: Array.from({ length: 200_000 }, () => 1) }), "record_too_large");
  });

  it("of the maximum size leave room for sessions and a conversion", async () => {
    const limit = 255 * 1024 - '{"text":""}'.length;
    await refused(attempt({ text: "x".repeat(limit + 1) }), "record_too_large");
    const { email, password, record } = await anon.admin.createUser({ data: { text: "x".repeat(limit) } });
    let token = "";
    for (let device = 0; device < 20; device++) token = (await anon.signInWithPassword(email, password)).token;
    const converted = await anon.convert(token, { email: `${"a".repeat(60)}@example.com`, password: PASSWORD });
    assert.equal(converted.record.id, record.id);
    assert(new TextEncoder().encode(JSON.stringify(converted.record)).length <= 256 * 1024);
  });

  it("do not modify the caller's objects", async () => {
    const data = Object.freeze({ a: 1, gone: undefined });
    const { record } = await attempt(data);
    await anon.admin.update(record.id, Object.freeze({ a: undefined }));
    assert.deepEqual(data, { a: 1, gone: undefined });
  });
});
