/** A verifier with the keys of a real server, while time passes and keys change. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { createAnon } from "../../../sdk/create-anon.ts";
import type { Duration, ServiceKey } from "../../../sdk/types.ts";
import { createServiceVerifier } from "../../../sdk/verify/index.ts";
import memory from "../../../storage-drivers/memory.ts";
import { HOUR, MINUTE, PASSWORD, SECOND, SECRET } from "../../support/sdk.ts";
import { serve, type TestServer } from "../../support/server.ts";
import { ISSUER, serviceKey, withServiceTokens } from "../../support/service-keys.ts";

const RealDate = Date;
const servers: TestServer[] = [];

/** Lets time pass, for jose too, which reads the time of the runtime. */
function pass(milliseconds: number): void {
  const now = Date.now() - RealDate.now() + milliseconds;
  globalThis.Date = class extends RealDate {
    constructor(...args: [] | [string | number | Date]) {
      if (args.length === 0) super(RealDate.now() + now);
      else super(args[0]);
    }
    static override now(): number {
      return RealDate.now() + now;
    }
  } as DateConstructor;
}

/** An issuer whose server counts how often the keys are fetched; `publish` replaces them. */
async function startIssuer(keys: readonly ServiceKey[]) {
  const storage = memory();
  const open = (set: readonly ServiceKey[]) =>
    createAnon({ storage, secret: SECRET, now: () => Date.now(), ...withServiceTokens(set) });
  let anon = open(keys);
  let fetched = 0;
  const server = await serve((request) => {
    fetched++;
    return anon.handler(request);
  });
  servers.push(server);
  const guest = await anon.signInAnonymously();
  const { token: session } = await anon.convert(guest.token, { email: "ada@example.com", password: PASSWORD });
  return {
    fetched: () => fetched,
    publish(set: readonly ServiceKey[]) {
      anon = open(set);
    },
    issue: async (expiresIn: Duration = "5m") =>
      (await anon.issueServiceToken(session, { audience: "orders", expiresIn })).token,
    verifier: () =>
      createServiceVerifier({ jwks: `${server.url}/.well-known/jwks.json`, issuer: ISSUER, audience: "orders" }),
  };
}

const kidOf = (token: string): string => JSON.parse(atob(token.split(".")[0] ?? "")).kid;

/** Tokens whose header names keys that do not exist. */
function withUnknownKeys(token: string): string[] {
  const rest = token.slice(token.indexOf("."));
  return Array.from({ length: 8 }, (_, i) => btoa(`{"alg":"ES256","kid":"unknown${i}"}`).replace(/=+$/, "") + rest);
}

describe("the keys of an issuer", () => {
  afterEach(async () => {
    globalThis.Date = RealDate;
    for (const server of servers.splice(0)) await server.stop();
  });

  it("are fetched again for an unknown kid, but not within 30 seconds, and after ten minutes", async () => {
    const old = serviceKey("old");
    const issuer = await startIssuer([old]);
    const verify = issuer.verifier();
    assert.equal(issuer.fetched(), 0, "before a token came");
    const first = await issuer.issue();
    const both = await Promise.all([verify(first), verify(first)]);
    assert.ok(both[0] && both[1]);
    assert.equal(issuer.fetched(), 1);

    issuer.publish([old, serviceKey("new", "EdDSA", { nbf: 1 })]);
    const token = await issuer.issue("1h");
    assert.equal(kidOf(token), "new");
    assert.equal(await verify(token), null, "the verifier does not know the key yet");
    for (const forged of withUnknownKeys(token)) assert.equal(await verify(forged), null);
    assert.equal(issuer.fetched(), 1);

    pass(31 * SECOND);
    assert.ok(await verify(first));
    assert.equal(issuer.fetched(), 1, "for a known kid");
    assert.ok(await verify(token));
    assert.equal(issuer.fetched(), 2);
    for (const forged of withUnknownKeys(token)) assert.equal(await verify(forged), null);
    assert.equal(issuer.fetched(), 2);

    pass(31 * SECOND);
    assert.deepEqual(new Set(await Promise.all(withUnknownKeys(token).map(verify))), new Set([null]));
    assert.equal(issuer.fetched(), 3, "several at once are one request");

    pass(9 * MINUTE);
    assert.ok(await verify(token));
    assert.equal(issuer.fetched(), 3);
    pass(MINUTE + SECOND);
    assert.ok(await verify(token));
    assert.equal(issuer.fetched(), 4);
  });

  it("rotate without a refused token: those of the old key are valid until they expire", async () => {
    const at = Math.floor(Date.now() / SECOND);
    const old = serviceKey("old");
    const issuer = await startIssuer([old]);
    const verify = issuer.verifier();
    assert.ok(await verify(await issuer.issue()));
    // as `anon keys rotate` writes them
    const overlap = 3_660;
    issuer.publish([{ ...old, exp: at + 3_600 + overlap }, serviceKey("new", "EdDSA", { nbf: at + 3_600 })]);
    assert.equal(kidOf(await issuer.issue()), "old", "the new key is published before it signs");

    pass(HOUR - MINUTE);
    const last = await issuer.issue("1h");
    assert.equal(kidOf(last), "old");
    assert.ok(await verify(last));
    const beforehand = issuer.fetched();

    pass(MINUTE + SECOND);
    const fresh = await issuer.issue("1h");
    assert.equal(kidOf(fresh), "new");
    assert.ok((await verify(fresh)) && (await verify(last)));
    assert.equal(issuer.fetched(), beforehand, "the key was known before its first token");

    pass(58 * MINUTE);
    assert.ok(await verify(last));
    assert.ok(await issuer.verifier()(last), "a service that has just started");
    pass(MINUTE + 6 * SECOND);
    assert.equal(await verify(last), null, "it has expired");
    pass(2 * MINUTE);
    assert.equal(await issuer.verifier()(last), null);
    assert.ok(await issuer.verifier()(await issuer.issue()));
  });
});
