/** Every fast path returns what its plain twin returns. */
import assert from "node:assert/strict";
import * as nodeCrypto from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Account } from "../../sdk/account/account.ts";
import * as codec from "../../sdk/account/codec.ts";
import * as fastCodec from "../../sdk/account/codec-fast.ts";
import { newGuest } from "../../sdk/account/guest.ts";
import * as plainTime from "../../sdk/account/iso-time.ts";
import * as fastTime from "../../sdk/account/iso-time-fast.ts";
import { newSession } from "../../sdk/account/sessions.ts";
import { draw, type Fill } from "../../sdk/crypto/draw.ts";
import { createPool, LONGEST } from "../../sdk/crypto/draw-fast.ts";
import { nodePrimitives, osloPrimitives } from "../../sdk/crypto/primitives.ts";
import { bunPrimitives, hashPrimitives, primitives } from "../../sdk/crypto/primitives-fast.ts";
import { toWireAuth } from "../../sdk/http/api/wire-record.ts";
import { authJson } from "../../sdk/http/api/wire-record-fast.ts";
import { createSettings } from "../../sdk/settings/collections.ts";
import * as payload from "../../sdk/tokens/payload.ts";
import * as fastPayload from "../../sdk/tokens/payload-fast.ts";
import type { AnonRecord } from "../../sdk/types.ts";
import memory from "../../storage-drivers/memory.ts";
import { SECRET } from "../support/sdk.ts";
import { input } from "../support/tokens.ts";

const SDK = new URL("../../sdk/", import.meta.url);
const BENCH = new URL("../../bench/rows/", import.meta.url);

/** The text, cut off at one place, or with one character removed, doubled or replaced. */
function changesOf(text: string): fc.Arbitrary<string> {
  const place = fc.nat({ max: text.length - 1 });
  const character = fc.oneof(
    fc.constantFrom('"', "\\", "0", "9", "a", "_", "-", ".", ",", "}", " ", "=", "\u0141"),
    fc.string(),
  );
  return fc.oneof(
    fc.constant(text),
    place.map((at) => text.slice(0, at)),
    place.map((at) => text.slice(0, at) + text.slice(at + 1)),
    place.map((at) => text.slice(0, at + 1) + text.slice(at)),
    fc.tuple(place, character).map(([at, other]) => text.slice(0, at) + other + text.slice(at + 1)),
  );
}

/** What a call returns, or the code it throws. */
function outcome<T>(call: () => T): { returned: T } | { threw: unknown } {
  try {
    return { returned: call() };
  } catch (error) {
    return { threw: (error as { code?: unknown }).code ?? (error as Error).name };
  }
}

describe("a payload", () => {
  it("is encoded exactly as by the plain twin", () => {
    fc.assert(fc.property(input, (from) => assert.equal(fastPayload.writePayload(from), payload.writePayload(from))));
  });

  it("is decoded exactly as by the plain twin, valid or not", () => {
    const changed = input
      .chain((from) => changesOf(atob(payload.writePayload(from))))
      .filter(isLatin1)
      .map(encode);
    const recoded = input.chain((from) => changesOf(payload.writePayload(from)));
    fc.assert(
      fc.property(
        fc.oneof(changed, recoded, fc.string(), fc.base64String(), fc.json().filter(isLatin1).map(encode)),
        (part) => {
          assert.deepEqual(fastPayload.readPayload(part), payload.readPayload(part));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it("is decoded correctly after a longer one", () => {
    const of = (collection: string) =>
      payload.writePayload({
        id: "a".repeat(15),
        collection,
        sid: "s".repeat(16),
        anonymous: true,
        issued: 0,
        expires: 1_000,
      });
    for (const part of [of("c".repeat(63)), of("c"), of("c").slice(0, 40)]) {
      assert.deepEqual(fastPayload.readPayload(part), payload.readPayload(part));
    }
  });
});

describe("a guest", () => {
  const guest: fc.Arbitrary<Account> = fc
    .record({
      domain: fc.domain(),
      collection: fc.stringMatching(/^[a-z][a-z0-9_]{0,62}$/),
      signedIn: fc.boolean(),
      now: fc.integer({ min: 0, max: 8_000_000_000_000_000 }),
      data: fc.oneof(fc.constant({}), fc.dictionary(fc.string(), fc.jsonValue())),
    })
    .map(({ domain, collection, signedIn, now, data }) => {
      const settings = createSettings({ storage: memory(), secret: SECRET, guestEmailDomain: domain }).get(collection);
      return newGuest(settings, signedIn ? [newSession(settings, now)] : [], data as Account["data"], now).account;
    });

  it("is encoded exactly as by the plain twin", () => {
    fc.assert(
      fc.property(guest, (account) => assert.equal(fastCodec.encodeNewGuest(account), codec.encodeAccount(account))),
    );
  });

  it("is decoded exactly as by the plain twin, valid or not", () => {
    const text = fc.oneof(
      guest.chain((account) => changesOf(codec.encodeAccount(account))),
      fc.string(),
      fc.json(),
    );
    fc.assert(
      fc.property(text, (stored) => {
        const [fast, plain] = [fastCodec, codec].map((one) =>
          outcome(() => one.decodeAccount("users", "id", "key", stored)),
        );
        assert.deepEqual(fast, plain);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("the response of a sign-in", () => {
  it("is the same text as that of the plain twin, whatever the record contains", () => {
    const text = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom('a"b', "a\\b", "a\nb", "\ud800", "é@x.y"));
    const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
    const time = fc.oneof(fc.constant(0), fc.date({ noInvalidDate: true }).map(Number)).map(fastTime.isoTime);
    const record = fc
      .record({ id: name, collectionName: name, email: text, username: text, created: time, updated: time })
      .chain((texts) =>
        fc.record({
          ...Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, fc.constant(value)])),
          verified: fc.boolean(),
          anonymous: fc.boolean(),
          data: fc.oneof(fc.constant({}), fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 2 })),
        }),
      )
      .map((fields) => {
        const { id, collectionName, email, username, verified, anonymous, created, updated, data } = fields as never;
        const known = { id, collectionName, email, username, verified, anonymous, created, updated };
        return { ...known, ...(data as object) } as AnonRecord;
      });
    fc.assert(
      fc.property(record, fc.stringMatching(/^[\w.-]+$/), (one, token) => {
        const auth = { record: one, token };
        assert.equal(authJson(auth), JSON.stringify(toWireAuth(auth)));
      }),
    );
  });
});

describe("a time", () => {
  it("is formatted exactly as by the plain twin, also if invalid, repeated or between others", () => {
    const times = fc.oneof(
      fc.constantFrom(0, -0, 1, Number.NaN, Number.POSITIVE_INFINITY, 8_640_000_000_000_001),
      fc.double(),
      fc.date().map(Number),
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(0, 1), times)), (all) => {
        for (const time of all) {
          const [fast, plain] = [fastTime, plainTime].map((one) => outcome(() => one.isoTime(time)));
          assert.deepEqual(fast, plain);
        }
      }),
    );
  });
});

describe("random characters", () => {
  it("equal those of the plain twin for the same bytes", () => {
    const alphabets = fc.uniqueArray(fc.integer({ min: 33, max: 126 }), { minLength: 2 });
    fc.assert(
      fc.property(
        alphabets.map((codes) => String.fromCharCode(...codes)),
        fc.array(fc.nat({ max: LONGEST }), { minLength: 1, maxLength: 50 }),
        fc.integer(),
        (alphabet, lengths, seed) => {
          const fast = createPool(bytesFrom(seed))(alphabet);
          const fill = bytesFrom(seed);
          for (const length of lengths) assert.equal(fast(length), draw(alphabet, length, fill));
        },
      ),
    );
  });

  it("equal those of the plain twin across the end of the pool", () => {
    const fast = createPool(bytesFrom(1))("0123456789abc");
    const fill = bytesFrom(1);
    for (let drawn = 0; drawn < 80_000; drawn += LONGEST) {
      assert.equal(fast(LONGEST), draw("0123456789abc", LONGEST, fill));
    }
  });
});

describe("primitives", () => {
  const { Bun } = globalThis as { Bun?: typeof globalThis.Bun };
  const fast = [
    primitives,
    nodePrimitives(nodeCrypto),
    hashPrimitives(nodeCrypto, Buffer),
    ...(Bun ? [bunPrimitives(nodeCrypto, Bun)] : []),
  ];

  it("are the fastest that the runtime has", () => {
    assert.equal(primitives.name, Bun ? "bun" : "node");
  });

  it("hash like the plain twin, and to SHA-256", () => {
    const edges = fc.constantFrom(
      "",
      "é",
      "日本語🔑",
      "\ud800 lone",
      ...[55, 56, 63, 64, 10_000].map((size) => "x".repeat(size)),
    );
    fc.assert(
      fc.property(fc.oneof(edges, fc.string({ unit: "grapheme" })), (text) => {
        for (const one of fast) {
          assert.equal(one.sha256Hex(text), osloPrimitives.sha256Hex(text), one.name);
          assert.equal(one.sha256Base64(text), osloPrimitives.sha256Base64(text), one.name);
        }
      }),
    );
    assert.equal(osloPrimitives.sha256Hex("abc"), nodeCrypto.createHash("sha256").update("abc").digest("hex"));
  });

  it("sign and verify like the plain twin", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.string({ unit: "binary-ascii" }),
        fc.oneof(
          { weight: 8, arbitrary: fc.string({ unit: "binary-ascii" }) },
          fc.string({ unit: "grapheme" }),
          fc.constantFrom("x".repeat(1_365), "x".repeat(5_000)),
        ),
        fc.nat(),
        fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= é\u0141"),
        (secret, beginning, text, place, character) => {
          const plain = osloPrimitives.macWith(secret, beginning);
          const signature = plain.sign(text);
          // a different character at each position, other unused last bits, one character less and one more
          const at = place % signature.length;
          const changed = `${signature.slice(0, at)}${character}${signature.slice(at + 1)}`;
          const others = [changed, signature.slice(1), signature.slice(0, -1), `${signature}A`, `${signature}=`, ""];
          for (const one of fast) {
            const mac = one.macWith(secret, beginning);
            assert.equal(mac.sign(text), signature, one.name);
            assert.equal(mac.sign(text), signature, `${one.name}, again with the same key`);
            assert(mac.verify(text, `${text}.${signature}`, text.length + 1), one.name);
            for (const other of others)
              assert.equal(mac.verify(text, other, 0), plain.verify(text, other, 0), one.name);
          }
        },
      ),
    );
  });
});

describe("a fast file", () => {
  it("is next to its plain twin and names the bench row that justifies it", async () => {
    const files = await readdir(SDK, { recursive: true });
    const fast = files.map((file) => file.replaceAll("\\", "/")).filter((file) => file.endsWith("-fast.ts"));
    const rows = (await readdir(BENCH)).map((file) => file.replace(/\.ts$/, ""));
    assert(fast.length > 0);
    for (const file of fast) {
      const plain = await readFile(new URL(file.replace("-fast.ts", ".ts"), SDK), "utf8");
      assert(!plain.includes('-fast.ts"'), `the twin of ${file} imports a fast path`);
      const [comment = ""] = (await readFile(new URL(file, SDK), "utf8")).split("*/");
      const named = /Paid for by the bench rows? ([^.]*)\./.exec(comment.replaceAll(/\n \* ?/g, " "))?.[1] ?? "";
      assert(
        rows.some((row) => named.includes(row)),
        `${file} names no bench row`,
      );
    }
  });
});

/** The same bytes for the same seed, whatever the size of each request. */
function bytesFrom(seed: number): Fill {
  let state = seed | 0;
  return (bytes) => {
    for (let at = 0; at < bytes.length; at++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      bytes[at] = state >>> 24;
    }
  };
}

function isLatin1(text: string): boolean {
  return /^[\0-\xff]*$/.test(text);
}

function encode(text: string): string {
  return btoa(text).replace(/=+$/, "");
}
