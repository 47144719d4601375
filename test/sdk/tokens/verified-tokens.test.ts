/** Tokens that were verified before are not verified again, which must change nothing but the time. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import process from "node:process";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { TokenClaims } from "../../../sdk/contract/records.ts";
import { createAnon } from "../../../sdk/index.ts";
import { VerifiedTokens } from "../../../sdk/tokens/verified-tokens.ts";
import memory from "../../../storage-drivers/memory.ts";
import { SECRET } from "../../support/sdk.ts";

const HOUR = 3_600_000;

describe("a token that was verified before", () => {
  it("is refused when it has expired", async () => {
    const clock = { now: Date.now() };
    const anon = createAnon({ storage: memory(), secret: SECRET, sessionTtl: "2h", now: () => clock.now });
    const { token } = await anon.signInAnonymously();
    assert.ok(anon.verifyToken(token));
    for (const after of [0, 1.9]) {
      assert.ok(anon.verifyToken(token), `after ${after} h`);
      clock.now += after * HOUR;
    }
    clock.now += 0.2 * HOUR;
    assert.equal(anon.verifyToken(token), null);
    assert.equal(await anon.authenticate(token), null);
    clock.now -= 2 * HOUR;
    assert.ok(anon.verifyToken(token));
  });

  it("has claims of its own each time", async () => {
    const anon = createAnon({ storage: memory(), secret: SECRET });
    const { token } = await anon.signInAnonymously();
    const first = anon.verifyToken(token);
    const before = structuredClone(first);
    for (let time = 0; time < 3; time++) {
      const claims = anon.verifyToken(token);
      assert.deepEqual(claims, before);
      Object.assign(claims as object, { id: "aaaaaaaaaaaaaaa", sub: "aaaaaaaaaaaaaaa", anonymous: false, exp: 9e9 });
    }
    Object.assign(first as object, { id: "aaaaaaaaaaaaaaa" });
    assert.deepEqual(anon.verifyToken(token), before);
    assert.equal((await anon.authenticate(token))?.record.anonymous, true);
  });

  it("makes no other token valid, one that differs in a letter or is of another secret", async () => {
    const anon = createAnon({ storage: memory(), secret: SECRET });
    const other = createAnon({ storage: memory(), secret: `another ${SECRET}` });
    const { token } = await anon.signInAnonymously();
    assert.ok(anon.verifyToken(token));
    assert.equal(other.verifyToken(token), null);
    for (let at = 0; at < token.length; at++) {
      const changed = token[at] === "A" ? "B" : "A";
      const forged = token.slice(0, at) + changed + token.slice(at + 1);
      assert.equal(anon.verifyToken(forged), null, forged);
      assert.equal(anon.verifyToken(token.slice(0, at)), null);
    }
    assert.equal(anon.verifyToken(`${token}A`), null);
  });

  it("is refused by its session, which is looked up each time", async () => {
    const anon = createAnon({ storage: memory(), secret: SECRET });
    const { token } = await anon.signInAnonymously();
    assert.ok(await anon.authenticate(token));
    await anon.signOut(token);
    assert.ok(anon.verifyToken(token));
    assert.equal(await anon.authenticate(token), null);
  });
});

describe("VerifiedTokens", () => {
  const claims = { id: "aaaaaaaaaaaaaaa" } as TokenClaims;
  const tokens = Array.from({ length: 20_000 }, (_, number) =>
    createHash("sha256").update(String(number)).digest("base64url"),
  );

  it("finds a token that was added twice in a row, and a copy of its claims", () => {
    const verified = new VerifiedTokens();
    const [token = ""] = tokens;
    verified.add(token, claims);
    assert.equal(verified.find(token), undefined);
    verified.add(token, claims);
    assert.deepEqual(verified.find(token), claims);
    assert.notEqual(verified.find(token), claims);
    assert.notEqual(verified.find(token), verified.find(token));
    assert.equal(verified.find(""), undefined);
    assert.equal(verified.find(token.slice(1)), undefined);
  });

  it("keeps those that come again while many come once", () => {
    const verified = new VerifiedTokens();
    const [token = "", ...others] = tokens;
    for (let time = 0; time < 2; time++) verified.add(token, claims);
    for (const other of others) verified.add(other, claims);
    assert.ok(verified.find(token));
    assert.equal(others.filter((other) => verified.find(other)).length, 0);
  });

  it("keeps a bounded number, and most of a thousand", () => {
    const verified = new VerifiedTokens();
    const twice = (some: string[]) => {
      for (const token of some) for (let time = 0; time < 2; time++) verified.add(token, claims);
      return tokens.filter((token) => verified.find(token)).length;
    };
    assert.ok(twice(tokens.slice(0, 1_000)) > 700);
    assert.ok(twice(tokens) <= 2_048);
  });

  it("keeps nothing of the headers that tokens were cut out of", () => {
    const verified = new VerifiedTokens();
    const cookies = "x".repeat(15_000);
    const before = usedMemory();
    for (const token of tokens) {
      for (let time = 0; time < 2; time++) {
        // one string, as a server reads it
        const header = Buffer.from(`other=${cookies}; token=${token}`).toString("latin1");
        verified.add(header.slice(-token.length), claims);
      }
    }
    const megabytes = (usedMemory() - before) / 1_000_000;
    assert.ok(tokens.some((token) => verified.find(token)));
    assert.ok(megabytes < 10, `${megabytes} MB`);
  });
});

/** What is left after garbage was collected. */
function usedMemory(): number {
  const { Bun } = globalThis as { Bun?: { gc(force: boolean): void } };
  if (Bun) {
    Bun.gc(true);
  } else {
    setFlagsFromString("--expose-gc");
    runInNewContext("gc")();
  }
  return process.memoryUsage().heapUsed;
}
