/** Whatever arrives as a token: nothing crashes, and nothing is accepted that was not issued. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { jwtVerify, SignJWT } from "jose";
import { createKeyring } from "../../sdk/crypto/keyring.ts";
import { bunPrimitives, nodePrimitives, osloPrimitives, primitives } from "../../sdk/crypto/primitives.ts";
import { readToken, signToken } from "../../sdk/crypto/token.ts";
import { createAnon } from "../../sdk/index.ts";
import memory from "../../storage-drivers/memory.ts";

const SECRET = "a secret of at least 32 characters, for tests only";
const OTHER = "another secret of at least 32 characters for tests";
const NOW = 1_700_000_000_000;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const keyring = createKeyring(SECRET);
const key = new TextEncoder().encode(SECRET);

const word = (length: number) => fc.stringMatching(new RegExp(`^[a-z0-9]{${length}}$`));
const input = fc.record({
  id: word(15),
  collection: fc.stringMatching(/^[a-z][a-z0-9_]{0,62}$/),
  sid: word(16),
  anonymous: fc.boolean(),
  issued: fc.constant(NOW),
  expires: fc.integer({ min: NOW + 1_000, max: NOW + 400 * 86_400_000 }),
});

function parts(token: string): [string, string, string] {
  return token.split(".") as [string, string, string];
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function refused(token: unknown): void {
  if (readToken(keyring, token as string, NOW) !== null) assert.fail(`accepted ${String(token).slice(0, 300)}`);
}

describe("tokens", () => {
  it("of ours are read back, are their own base64url, and can be read with atob", () => {
    fc.assert(
      fc.property(input, (from) => {
        const token = signToken(keyring, from);
        const [, payload, signature] = parts(token);
        assert.match(payload, /^[A-Za-z0-9]+$/);
        assert.equal(signature.length, 43);
        const claims = JSON.parse(atob(payload)) as Record<string, unknown>;
        assert.deepEqual(readToken(keyring, token, NOW), claims);
        assert.equal(claims.id, from.id);
        assert.equal(claims.collectionId, from.collection);
        assert(token.length < 1_000);
      }),
    );
  });

  it("of ours are accepted by jose, and carry what it says", async () => {
    await fc.assert(
      fc.asyncProperty(input, async (from) => {
        const token = signToken(keyring, from);
        const options = { algorithms: ["HS256"], currentDate: new Date(NOW) };
        const { payload, protectedHeader } = await jwtVerify(token, key, options);
        assert.equal(payload.sub, from.id);
        assert.equal(protectedHeader.kid, keyring.signing.kid);
        await assert.rejects(jwtVerify(token, new TextEncoder().encode(OTHER), options));
      }),
      { numRuns: 50 },
    );
  });

  it("are refused whatever string they are", () => {
    const anything = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.array(fc.string({ maxLength: 60 }), { maxLength: 5 }).map((words) => words.join(".")),
      fc.string().map((text) => `${keyring.signing.header}.${text}`),
      fc
        .string()
        .map((text) => `${keyring.signing.header}.${text}.${keyring.signing.mac(`${keyring.signing.header}.x`)}`),
      fc.anything(),
    );
    fc.assert(fc.property(anything, refused), { numRuns: 500 });
  });

  it("are refused with one character changed, added or left out anywhere", () => {
    const change = fc.record({
      from: input,
      at: fc.nat(),
      // also those whose low byte is that of the character they replace, and what decoders skip
      by: fc.oneof(
        fc.string({ unit: "binary", minLength: 0, maxLength: 2 }),
        fc.constantFrom(" ", "\n", "=", "==", ".", "\0", "+", "/"),
      ),
      removed: fc.nat({ max: 1 }),
    });
    fc.assert(
      fc.property(change, ({ from, at, by, removed }) => {
        const token = signToken(keyring, from);
        const position = at % (token.length + 1);
        const mutant = token.slice(0, position) + by + token.slice(position + removed);
        if (mutant !== token) refused(mutant);
        const code = token.charCodeAt(position) + 0x100;
        if (position < token.length)
          refused(token.slice(0, position) + String.fromCharCode(code) + token.slice(position + 1));
      }),
      { numRuns: 2_000 },
    );
  });

  it("are refused with any other character at any place of the signature", () => {
    const token = signToken(keyring, {
      id: "a".repeat(15),
      collection: "users",
      sid: "s".repeat(16),
      anonymous: true,
      issued: NOW,
      expires: NOW + 5_000,
    });
    const start = token.lastIndexOf(".") + 1;
    for (let at = start; at < token.length; at++) {
      // among them those that decode to the same bytes in the last place
      for (const character of ALPHABET) {
        if (character !== token[at]) refused(token.slice(0, at) + character + token.slice(at + 1));
      }
    }
    assert(readToken(keyring, token, NOW));
  });

  it("are refused with parts of two tokens swapped", () => {
    fc.assert(
      fc.property(input, input, (one, other) => {
        const [header, payload, signature] = parts(signToken(keyring, one));
        const [, otherPayload, otherSignature] = parts(signToken(keyring, other));
        fc.pre(payload !== otherPayload);
        refused(`${header}.${payload}.${otherSignature}`);
        refused(`${header}.${otherPayload}.${signature}`);
        refused(`${payload}.${header}.${signature}`);
        refused(`${header}.${payload}.`);
        refused(`${header}.${payload}`);
        refused(`.${payload}.${signature}`);
        refused(`${header}..${signature}`);
        refused(`${header}.${payload}.${signature}.`);
        refused(`${header}.${payload}.${signature}.${otherSignature}`);
      }),
    );
  });

  it("are refused with another algorithm, kid or header, even signed with the right secret", async () => {
    const [, payload] = parts(
      signToken(keyring, {
        id: "a".repeat(15),
        collection: "users",
        sid: "s".repeat(16),
        anonymous: true,
        issued: NOW,
        expires: NOW + 9_000_000,
      }),
    );
    const { kid } = keyring.signing;
    const headers: Record<string, unknown>[] = [
      { alg: "none", typ: "JWT", kid },
      { alg: "None", typ: "JWT", kid },
      { alg: "HS384", typ: "JWT", kid },
      { alg: "HS512", typ: "JWT", kid },
      { alg: "RS256", typ: "JWT", kid },
      { alg: "HS256", typ: "JWT" },
      { alg: "HS256", typ: "JWT", kid: "" },
      { alg: "HS256", typ: "JWT", kid: `${kid}x` },
      { alg: "HS256", typ: "JWT", kid, crit: ["exp"] },
      { alg: "HS256", typ: "JWT", kid, b64: false, crit: ["b64"] },
      { alg: "HS256", typ: "JWT", kid, zip: "DEF" },
      { alg: "HS256", typ: "JWT", kid, jku: "https://example.com/keys" },
      { kid, typ: "JWT", alg: "HS256" },
    ];
    for (const header of headers) {
      const signed = `${encoded(header)}.${payload}`;
      for (const algorithm of ["sha256", "sha384", "sha512"]) {
        refused(`${signed}.${createHmac(algorithm, key).update(signed).digest("base64url")}`);
      }
      refused(`${signed}.`);
    }
    const claims = JSON.parse(atob(payload)) as Record<string, unknown>;
    for (const alg of ["HS256", "HS384", "HS512"]) {
      refused(await new SignJWT(claims).setProtectedHeader({ alg, typ: "JWT", kid, extra: "field" }).sign(key));
      refused(
        await new SignJWT(claims).setProtectedHeader({ alg, typ: "JWT", kid }).sign(new TextEncoder().encode(OTHER)),
      );
    }
  });

  it("are refused when they were signed with the right secret for something else", async () => {
    const { kid } = keyring.signing;
    const good = {
      type: "auth",
      id: "a".repeat(15),
      sub: "a".repeat(15),
      collectionId: "users",
      sid: "s".repeat(16),
      anonymous: true,
      refreshable: true,
      iat: NOW / 1_000,
      exp: NOW / 1_000 + 60,
    };
    const sign = (claims: unknown): string => {
      const part = encoded(claims);
      return `${keyring.signing.header}.${part}.${keyring.signing.mac(part)}`;
    };
    assert(readToken(keyring, sign(good), NOW), "the same by hand is what we issue");
    const wrong: unknown[] = [
      null,
      1,
      "auth",
      [],
      {},
      { ...good, type: "verification" },
      { ...good, type: undefined },
      { ...good, id: "../etc/passwd", sub: "../etc/passwd" },
      { ...good, id: "A".repeat(15), sub: "A".repeat(15) },
      { ...good, id: `${"a".repeat(15)}\n`, sub: `${"a".repeat(15)}\n` },
      { ...good, sub: "b".repeat(15) },
      { ...good, exp: undefined },
      { ...good, exp: NOW / 1_000 },
      { ...good, exp: String(good.exp) },
      { ...good, exp: 1e300 },
      { ...good, iat: undefined },
      { ...good, sid: 5 },
      { ...good, collectionId: null },
      { ...good, anonymous: "true" },
      { ...good, id: ["a".repeat(15)], sub: ["a".repeat(15)] },
    ];
    for (const claims of wrong) refused(sign(claims));
    assert.equal(typeof kid, "string");
  });

  it("end at exp, to the second", () => {
    fc.assert(
      fc.property(input, fc.integer({ min: -2_000, max: 2_000 }), (from, distance) => {
        const token = signToken(keyring, from);
        const exp = Math.floor(from.expires / 1_000) * 1_000;
        assert.equal(readToken(keyring, token, exp + distance) !== null, distance < 0);
      }),
    );
  });

  it("are refused in no time when they are huge", () => {
    const [header, payload, signature] = parts(
      signToken(keyring, {
        id: "a".repeat(15),
        collection: "users",
        sid: "s".repeat(16),
        anonymous: true,
        issued: NOW,
        expires: NOW + 5_000,
      }),
    );
    const huge = "A".repeat(16 * 1024 * 1024);
    const started = performance.now();
    for (const token of [
      huge,
      `${header}.${huge}.${signature}`,
      `${header}.${payload}.${huge}`,
      ".".repeat(1 << 24),
      `${header}.${payload}.${signature}${huge}`,
    ])
      refused(token);
    assert(performance.now() - started < 2_000);
  });

  it("of another secret or collection, and ended ones, are refused by the SDK too", async () => {
    const storage = memory();
    const anon = createAnon({ storage, secret: SECRET, collections: { users: {} } });
    const rotated = createAnon({ storage, secret: [OTHER, SECRET], collections: { users: {}, customers: {} } });
    const foreign = createAnon({ storage, secret: OTHER, collections: { users: {} } });
    const { token, record } = await anon.signInAnonymously();
    assert.equal(foreign.verifyToken(token), null);
    assert.equal(await foreign.authenticate(token), null);
    assert.equal((await rotated.authenticate(token))?.record.id, record.id);
    const customer = await rotated.signInAnonymously({ collection: "customers" });
    assert.equal(anon.verifyToken(customer.token), null);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.nat().map((at) => token.slice(0, at % token.length)),
        ),
        async (text) => {
          assert.equal(anon.verifyToken(text), null);
          assert.equal(await anon.authenticate(text), null);
          await anon.signOut(text, { everywhere: true });
          await assert.rejects(anon.refresh(text), { code: "invalid_token" });
          await assert.rejects(anon.signInWithToken(text), { code: "invalid_token" });
          await assert.rejects(anon.convert(text, { email: "ada@example.com", password: "correct horse" }), {
            code: "invalid_token",
          });
        },
      ),
    );
    await anon.signOut(token);
    assert.equal(await anon.authenticate(token), null);
    await anon.dispose();
  });

  it("have the same signature on every runtime's road to HMAC", async () => {
    const crypto = await import("node:crypto");
    const Bun = (globalThis as { Bun?: Parameters<typeof bunPrimitives>[1] }).Bun;
    const roads = [osloPrimitives, nodePrimitives(crypto), ...(Bun ? [bunPrimitives(crypto, Bun)] : [])];
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 200 }),
        fc.string({ unit: "binary-ascii" }),
        fc.string({ unit: "grapheme" }),
        (secret, text, any) => {
          const expected = primitives.macWith(secret)(text);
          for (const road of roads) {
            assert.equal(road.macWith(secret)(text), expected, road.name);
            assert.equal(road.sha256Hex(any), primitives.sha256Hex(any), road.name);
            assert.equal(road.sha256Base64(any), primitives.sha256Base64(any), road.name);
          }
        },
      ),
    );
  });
});
