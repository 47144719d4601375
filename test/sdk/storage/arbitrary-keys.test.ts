/** Keys and own fields under arbitrary input. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { changeOwnFields } from "../../../sdk/account/own-fields.ts";
import { AnonError, createAnon } from "../../../sdk/index.ts";
import {
  accountKey,
  accountPrefix,
  codeKey,
  lockKey,
  type ParsedKey,
  parseKey,
  reservationKey,
} from "../../../sdk/storage/keys.ts";
import { uniqueKey } from "../../../sdk/storage/uniqueness.ts";
import type { OwnFields } from "../../../sdk/types.ts";
import memory from "../../../storage-drivers/memory.ts";

const collection = fc.stringMatching(/^[a-z][a-z0-9_]{0,62}$/);
const id = fc.oneof(fc.stringMatching(/^[a-z0-9]{15}$/), fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/));
const hash = fc.stringMatching(/^[0-9a-f]{64}$/);
const kind = fc.constantFrom("email" as const, "username" as const);

describe("keys", () => {
  it("parse into the parts they were made of", () => {
    fc.assert(
      fc.property(collection, id, kind, hash, (name, account, what, digest) => {
        assert.deepEqual(parseKey(accountKey(name, account)), { type: "account", collection: name, id: account });
        assert.deepEqual(parseKey(lockKey(name, what, digest)), {
          type: "lock",
          collection: name,
          kind: what,
          hash: digest,
        });
        assert.deepEqual(parseKey(codeKey(name, digest)), { type: "code", collection: name, hash: digest });
      }),
    );
  });

  it("contain only [a-z0-9_:-] for any typed email or username", () => {
    fc.assert(
      fc.property(collection, kind, fc.string({ unit: "binary" }), (name, what, typed) => {
        const key = uniqueKey(name, what, typed).key;
        assert.match(key, /^[a-z0-9_:-]+$/);
        assert.equal(parseKey(key)?.type, "lock");
      }),
    );
  });

  it("of accounts differ in more than case, and fit into a file name", () => {
    fc.assert(
      fc.property(collection, id, id, (name, one, other) => {
        const keys = [one, other].map((account) => accountKey(name, account));
        for (const key of keys) assert.match(key, /^[a-z0-9_:-]{1,200}$/);
        assert.equal(keys[0] === keys[1], one === other);
      }),
    );
  });

  it("are never a prefix of another key, and match only the prefix of their collection", () => {
    const key = fc.oneof(
      fc.tuple(collection, id).map(([name, account]) => accountKey(name, account)),
      fc.tuple(collection, kind, hash).map(([name, what, digest]) => lockKey(name, what, digest)),
      fc.tuple(collection, hash).map(([name, digest]) => codeKey(name, digest)),
    );
    fc.assert(
      fc.property(key, key, (one, other) => {
        assert(one === other || !other.startsWith(`${one}:`));
      }),
    );
    fc.assert(
      fc.property(collection, collection, id, (one, other, account) => {
        assert.equal(accountKey(other, account).startsWith(accountPrefix(one)), one === other);
      }),
    );
  });

  it("of other programs are not parsed", () => {
    const close = fc.stringMatching(
      /^(acc|clm|one|cod|Acc|due)?:?[a-zA-Z0-9_]{0,10}:?(email|username)?:?[a-z0-9]{0,64}:?\n?$/,
    );
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), close), (text) => {
        const parsed = parseKey(text);
        if (!parsed) return;
        const again = {
          account: ({ collection, id }: ParsedKey & { type: "account" }) => accountKey(collection, id),
          lock: ({ collection, kind, hash }: ParsedKey & { type: "lock" }) => lockKey(collection, kind, hash),
          code: ({ collection, hash }: ParsedKey & { type: "code" }) => codeKey(collection, hash),
          reservation: ({ collection, hash }: ParsedKey & { type: "reservation" }) => reservationKey(collection, hash),
        }[parsed.type](parsed as never);
        assert.equal(again, text);
      }),
      { numRuns: 1_000 },
    );
    assert.equal(parseKey(`acc:users:${"a".repeat(15)}\n`), null);
  });
});

const NAMES = [
  "__proto__",
  "constructor",
  "toJSON",
  "id",
  "email",
  "verified",
  "password",
  "cart",
  "",
  "ﬁeld",
  "length",
];
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.jsonValue({ maxDepth: 2 }),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.array(fc.tuple(fc.constantFrom(...NAMES), tie("value")), { maxLength: 4 }).map(fromEntries),
  ),
})).value;
const fields = fc.oneof(
  // JSON does not keep the sign of zero
  fc.dictionary(fc.oneof(fc.constantFrom(...NAMES), fc.string()), json, { maxKeys: 5 }).map(asJson),
  fc.array(fc.tuple(fc.constantFrom(...NAMES), json), { maxLength: 4 }).map(fromEntries),
);

function asJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** As JSON.parse makes it: `__proto__` becomes an own property. */
function fromEntries(entries: [string, unknown][]): OwnFields {
  return JSON.parse(
    `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`,
  );
}

async function outcome<T>(run: Promise<T>): Promise<T | AnonError> {
  try {
    return await run;
  } catch (error) {
    assert(error instanceof AnonError, `expected an AnonError, got ${error}`);
    return error;
  }
}

describe("own fields", () => {
  it("that are JSON are stored exactly as given, or refused", async () => {
    const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters, for tests only" });
    const { record } = await anon.signInAnonymously();
    await fc.assert(
      fc.asyncProperty(fields, async (given) => {
        const before = JSON.stringify(given);
        const created = await outcome(anon.signInAnonymously({ data: given }));
        assert.equal(JSON.stringify(given), before, "the input is not modified");
        assert.equal(({} as OwnFields).polluted, undefined);
        if (created instanceof AnonError) {
          assert(["reserved_field", "invalid_data", "record_too_large"].includes(created.code), created.code);
          assert((await outcome(anon.admin.update(record.id, given))) instanceof AnonError);
          return;
        }
        const stored = (await anon.admin.get(created.record.id)) as OwnFields;
        for (const name of Object.keys(given)) assert.deepEqual(stored[name], given[name]);
        const builtIn = Object.keys(record).length;
        assert.equal(Object.keys(stored).length, builtIn + Object.keys(given).length);
        assert.equal(stored.id, created.record.id);
      }),
      { numRuns: 500 },
    );
    await anon.dispose();
  });

  it("of any type are stored as JSON keeps them, or refused", async () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(anything, fc.dictionary(fc.string(), anything)), async (given) => {
        const changed = await outcome(changeOwnFields({}, given as OwnFields, undefined));
        if (changed instanceof AnonError) return;
        const read = JSON.parse(JSON.stringify(changed)) as OwnFields;
        assert.deepEqual(Object.keys(read).sort(), Object.keys(changed).sort());
        assert.equal(JSON.stringify(read), JSON.stringify(changed));
        assertSame(changed, read);
      }),
      { numRuns: 1_000 },
    );
  });

  it("that JSON would change are refused", async () => {
    const circular: OwnFields = {};
    circular.self = circular;
    const bad: unknown[] = [
      new Date(0),
      new Map(),
      Number.NaN,
      -Infinity,
      1n,
      Symbol("x"),
      () => 1,
      [undefined],
      { a: undefined },
      new Array(2),
      circular,
      new Uint8Array(2),
      Object.create({ inherited: 1 }),
    ];
    for (const value of bad) {
      await assert.rejects(changeOwnFields({}, { value }, undefined), { code: "invalid_data" }, String(typeof value));
    }
    for (const whole of [null, 1, "text", [], new Date(0), new Map(), Object.create({ cart: 1 })]) {
      await assert.rejects(changeOwnFields({}, whole as OwnFields, undefined), { code: "invalid_data" });
    }
  });
});

/** Deep equality, except for the prototypes of objects and the sign of zero, which JSON does not keep. */
function assertSame(one: unknown, other: unknown): void {
  if (typeof one !== "object" || one === null) {
    assert(one === other);
    return;
  }
  assert(typeof other === "object" && other !== null);
  assert.equal(Array.isArray(one), Array.isArray(other));
  assert.deepEqual(Object.keys(one), Object.keys(other));
  for (const name of Object.keys(one)) assertSame((one as OwnFields)[name], (other as OwnFields)[name]);
}
