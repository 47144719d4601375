/** Tokens that were verified before are not verified again, which must change nothing but the time. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAnon } from "../../../sdk/index.ts";
import { Recent } from "../../../sdk/tokens/recent.ts";
import memory from "../../../storage-drivers/memory.ts";
import { SECRET } from "../../support/sdk.ts";

const HOUR = 3_600_000;

describe("a token that was verified before", () => {
  it("is refused when it has expired", async () => {
    const clock = { now: Date.now() };
    const anon = createAnon({ storage: memory(), secret: SECRET, sessionTtl: "2h", now: () => clock.now });
    const { token } = await anon.signInAnonymously();
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

describe("Recent", () => {
  it("keeps at least its size and at most twice as many, those that were asked for last", () => {
    const recent = new Recent<number>(10);
    const has = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => recent.get(String(from + index))).filter(
        (one) => one !== undefined,
      ).length;
    for (let value = 0; value < 100; value++) recent.set(String(value), value);
    assert.equal(recent.get("99"), 99);
    assert.equal(has(0, 80), 0);
    const kept = has(80, 100);
    assert.ok(kept >= 10 && kept <= 20, `${kept} of 20`);
    for (let value = 100; value < 200; value++) {
      recent.set(String(value), value);
      assert.equal(recent.get("99"), 99);
    }
  });
});
