/** Arbitrary input as a token: nothing crashes, and only issued tokens are accepted. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { jwtVerify } from "jose";
import { createAnon } from "../../../sdk/index.ts";
import { readToken, signToken } from "../../../sdk/tokens/token.ts";
import memory from "../../../storage-drivers/memory.ts";
import { input, key, keyring, NOW, OTHER, parts, refused, SECRET } from "../../support/tokens.ts";

describe("tokens", () => {
  it("are read back as issued, and have a payload that atob can read", () => {
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

  it("are accepted by jose, with the subject and key id as issued", async () => {
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

  it("are refused if they are arbitrary strings or values", () => {
    const anything = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.array(fc.string({ maxLength: 60 }), { maxLength: 5 }).map((words) => words.join(".")),
      fc.string().map((text) => `${keyring.signing.header}.${text}`),
      fc
        .string()
        .map((text) => `${keyring.signing.header}.${text}.${keyring.signing.mac.sign(`${keyring.signing.header}.x`)}`),
      fc.anything(),
    );
    fc.assert(fc.property(anything, refused), { numRuns: 500 });
  });

  it("expire at exp, to the second", () => {
    fc.assert(
      fc.property(input, fc.integer({ min: -2_000, max: 2_000 }), (from, distance) => {
        const token = signToken(keyring, from);
        const exp = Math.floor(from.expires / 1_000) * 1_000;
        assert.equal(readToken(keyring, token, exp + distance) !== null, distance < 0);
      }),
    );
  });

  it("are refused quickly if they are huge", () => {
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
    // CPU time, because other programs slow the wall clock's
    const started = process.cpuUsage();
    for (const token of [
      huge,
      `${header}.${huge}.${signature}`,
      `${header}.${payload}.${huge}`,
      ".".repeat(1 << 24),
      `${header}.${payload}.${signature}${huge}`,
    ])
      refused(token);
    const { user, system } = process.cpuUsage(started);
    assert(user + system < 2_000_000, `${user + system} µs`);
  });

  it("of another secret or an unknown collection are refused by all calls, and so are ended ones", async () => {
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
});
