/** Tokens derived from issued ones or signed by other means: none is accepted. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { SignJWT } from "jose";
import { readToken, signToken } from "../../../sdk/tokens/token.ts";
import { input, key, keyring, NOW, OTHER, parts, refused } from "../../support/tokens.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

describe("forged tokens", () => {
  it("are refused with one character changed, added or removed anywhere", () => {
    const change = fc.record({
      from: input,
      at: fc.nat(),
      // includes characters that decoders skip
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
      // in the last place some decode to the same bytes
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

  it("are refused with other claims, even signed with the right secret", async () => {
    const { kid } = keyring.signing;
    const valid = {
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
      return `${keyring.signing.header}.${part}.${keyring.signing.mac.sign(part)}`;
    };
    assert(readToken(keyring, sign(valid), NOW), "the unchanged claims are accepted");
    const wrong: unknown[] = [
      null,
      1,
      "auth",
      [],
      {},
      { ...valid, type: "verification" },
      { ...valid, type: undefined },
      { ...valid, id: "../etc/passwd", sub: "../etc/passwd" },
      { ...valid, id: "a.b", sub: "a.b" },
      { ...valid, id: "a".repeat(65), sub: "a".repeat(65) },
      { ...valid, id: `${"a".repeat(15)}\n`, sub: `${"a".repeat(15)}\n` },
      { ...valid, sub: "b".repeat(15) },
      { ...valid, exp: undefined },
      { ...valid, exp: NOW / 1_000 },
      { ...valid, exp: String(valid.exp) },
      { ...valid, exp: 1e300 },
      { ...valid, iat: undefined },
      { ...valid, sid: 5 },
      { ...valid, collectionId: null },
      { ...valid, anonymous: "true" },
      { ...valid, id: ["a".repeat(15)], sub: ["a".repeat(15)] },
    ];
    for (const claims of wrong) refused(sign(claims));
    assert.equal(typeof kid, "string");
  });
});
