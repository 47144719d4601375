/** Tokens that were verified before are not verified again, which must change nothing but the time. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import { createAnon } from "../../../sdk/index.ts";
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

  it("has claims of its own each time also where the application signs claims of its own", async () => {
    const anon = createAnon({ storage: memory(), secret: SECRET });
    const { token } = await anon.signInAnonymously();
    const [header = "", payload = ""] = token.split(".");
    const claims = { ...JSON.parse(Buffer.from(payload, "base64url").toString()), roles: { admin: false } };
    const body = `${header}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}`;
    const own = `${body}.${createHmac("sha256", SECRET).update(body).digest("base64url")}`;
    for (let time = 0; time < 4; time++) {
      const found = anon.verifyToken(own) as unknown as typeof claims;
      assert.deepEqual(found, claims);
      if (found.roles) found.roles.admin = true;
    }
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
