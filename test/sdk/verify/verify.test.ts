/** Service tokens from the SDK to a service that verifies them. */
import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { createLocalJWKSet, importJWK, type JSONWebKeySet, jwtVerify, SignJWT } from "jose";
import { createAnon } from "../../../sdk/create-anon.ts";
import type { ServiceKey } from "../../../sdk/types.ts";
import { createServiceVerifier, createSessionVerifier } from "../../../sdk/verify/index.ts";
import memory from "../../../storage-drivers/memory.ts";
import { ISSUER, serviceKey, withServiceTokens } from "../../support/service-keys.ts";

const SECRET = "a secret of at least 32 characters!";
const AUDIENCE = "orders";

function start(keys: readonly ServiceKey[], now: () => number = Date.now) {
  const anon = createAnon({
    storage: memory(),
    secret: SECRET,
    now,
    ...withServiceTokens(keys),
  });
  const jwks = async () => {
    const response = await anon.handler(new Request(`${ISSUER}/.well-known/jwks.json`));
    return { response, set: (await response.clone().json()) as JSONWebKeySet };
  };
  const registered = async () => {
    const guest = await anon.signInAnonymously();
    return anon.convert(guest.token, { email: `${guest.record.id}@example.com`, password: "correct horse battery" });
  };
  return { anon, jwks, registered };
}

const verifier = (jwks: JSONWebKeySet | string, allowGuests = false) =>
  createServiceVerifier({ jwks, issuer: ISSUER, audience: AUDIENCE, allowGuests });

describe("issueServiceToken", () => {
  for (const alg of ["ES256", "EdDSA"] as const) {
    it(`issues a token with ${alg} that the published key verifies, and no other service accepts`, async () => {
      const { anon, jwks, registered } = start([serviceKey("one", alg)]);
      const { token: session, record } = await registered();
      const { token, expires } = await anon.issueServiceToken(session, { audience: AUDIENCE });
      const { set } = await jwks();
      const options = { issuer: ISSUER, audience: AUDIENCE, algorithms: [alg] };
      const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(set), options);
      assert.deepEqual(protectedHeader, { alg, typ: "JWT", kid: "one" });
      const { iat = 0, exp = 0 } = payload;
      const owner = { sub: record.id, collection: "users", anonymous: false };
      assert.deepEqual(payload, { iss: ISSUER, aud: AUDIENCE, ...owner, iat, exp });
      assert.equal(exp - iat, 300);
      assert.equal(Date.parse(expires), exp * 1_000);
      assert.deepEqual(await verifier(set)(token), payload);
      const elsewhere = { jwks: set, issuer: ISSUER, audience: "mail" };
      assert.equal(await createServiceVerifier(elsewhere)(token), null);
      assert.equal(await createServiceVerifier({ ...elsewhere, audience: AUDIENCE, issuer: "https://x" })(token), null);
    });
  }

  it("gives guests an audience of their own, unless asked otherwise", async () => {
    const { anon, jwks } = start([serviceKey("one")]);
    const { token: session } = await anon.signInAnonymously();
    const { set } = await jwks();
    const own = await anon.issueServiceToken(session, { audience: AUDIENCE });
    const same = await anon.issueServiceToken(session, { audience: AUDIENCE, allowGuests: true });
    await assert.rejects(jwtVerify(own.token, createLocalJWKSet(set), { audience: AUDIENCE }), { claim: "aud" });
    for (const { token } of [own, same]) {
      assert.equal(await verifier(set)(token), null);
      assert.equal((await verifier(set, true)(token))?.anonymous, true);
    }
    assert.equal((await verifier(set, true)(own.token))?.aud, "orders#guest");
    assert.equal((await verifier(set, true)(same.token))?.aud, AUDIENCE);
  });

  it("refuses an ended session, also that of the guest that was converted", async () => {
    const { anon } = start([serviceKey("one")]);
    const guest = await anon.signInAnonymously();
    const input = { email: "ada@example.com", password: "correct horse battery" };
    const { token } = await anon.convert(guest.token, input);
    const refused = { code: "invalid_token" };
    await assert.rejects(anon.issueServiceToken(guest.token, { audience: AUDIENCE }), refused);
    await anon.issueServiceToken(token, { audience: AUDIENCE });
    await anon.signOut(token);
    await assert.rejects(anon.issueServiceToken(token, { audience: AUDIENCE }), refused);
    await assert.rejects(anon.issueServiceToken("forged", { audience: AUDIENCE }), refused);
  });

  it("refuses bad options, and a call without keys", async () => {
    const { anon } = start([serviceKey("one")]);
    const { token } = await anon.signInAnonymously();
    for (const audience of ["", "a#guest"]) {
      await assert.rejects(anon.issueServiceToken(token, { audience }), { code: "invalid_options" });
    }
    for (const expiresIn of ["0s", "61m"] as const) {
      await assert.rejects(anon.issueServiceToken(token, { audience: AUDIENCE, expiresIn }), {
        code: "invalid_duration",
      });
    }
    const without = createAnon({ storage: memory(), secret: SECRET });
    await assert.rejects(without.issueServiceToken(token, { audience: AUDIENCE }), {
      code: "service_tokens_unconfigured",
      message: /`anon keys create`.*`serviceTokens`/,
    });
    const url = `${ISSUER}/.well-known/jwks.json`;
    assert.equal(without.isApiRequest({ url }), false);
    assert.equal((await without.handler(new Request(url))).status, 404);
  });

  it("refuses malformed keys without quoting them", () => {
    const good = serviceKey("one");
    const bad = [[], [{ ...good, d: "short" }], [{ ...good, alg: "HS256" }], [{ ...good, kty: "OKP" }], [good, good]];
    for (const keys of bad) assert.throws(() => start(keys as ServiceKey[]), { code: "invalid_options" });
    const text = `{"keys": ${good.d}`;
    const options = { storage: memory(), secret: SECRET, serviceTokens: { issuer: ISSUER, keys: text } };
    assert.throws(
      () => createAnon(options),
      (error: Error) => !error.message.includes(good.d),
    );
  });
});

describe("/.well-known/jwks.json", () => {
  it("has public keys only, for caches", async () => {
    const { anon, jwks } = start([serviceKey("one"), serviceKey("two", "EdDSA")]);
    const { response, set } = await jwks();
    assert.equal(response.headers.get("cache-control"), "public, max-age=300");
    assert.deepEqual(
      set.keys.map(({ kid }) => kid),
      ["one", "two"],
    );
    assert.ok(!(await response.text()).includes('"d"'));
    const url = `${ISSUER}/.well-known/jwks.json`;
    assert.ok(anon.isApiRequest({ url }));
    for (const other of [`${ISSUER}/api/.well-known/jwks.json`, `${url}/x`]) {
      assert.ok(!anon.isApiRequest({ url: other }), other);
    }
    for (const [method, status, allow] of [
      ["HEAD", 200, null],
      ["OPTIONS", 204, "GET"],
      ["POST", 405, "GET"],
      ["DELETE", 405, "GET"],
    ] as const) {
      const other = await anon.handler(new Request(url, { method }));
      assert.deepEqual([other.status, other.headers.get("allow")], [status, allow], method);
    }
  });

  it("may be read by pages of every origin, without credentials", async () => {
    const { serviceTokens } = withServiceTokens();
    for (const api of [false, { origins: ["https://app.example"], cookies: true }] as const) {
      const anon = createAnon({ storage: memory(), secret: SECRET, serviceTokens, api });
      const send = (method: string, headers: Record<string, string>) =>
        anon.handler(new Request(`${ISSUER}/.well-known/jwks.json`, { method, headers }));
      for (const origin of ["https://app.example", "https://other.example"]) {
        const { headers } = await send("GET", { origin });
        assert.equal(headers.get("access-control-allow-origin"), "*");
        assert.equal(headers.get("access-control-allow-credentials"), null);
        assert.equal(headers.get("vary"), null, "the response is the same for every origin");
        const asked = { "access-control-request-method": "GET", "access-control-request-headers": "traceparent" };
        const preflight = await send("OPTIONS", { origin, ...asked });
        assert.equal(preflight.status, 204);
        assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
        assert.equal(preflight.headers.get("access-control-allow-methods"), "GET");
        assert.equal(preflight.headers.get("access-control-allow-headers"), "*");
      }
    }
  });

  it("has a new key before it signs, and an old one until its tokens have expired", async () => {
    let seconds = 1_900_000_000;
    const at = seconds;
    const keys = [serviceKey("old", "ES256", { exp: at + 7_200 }), serviceKey("new", "ES256", { nbf: at + 3_600 })];
    const { anon, jwks, registered } = start(keys, () => seconds * 1_000);
    const { token: session } = await registered();
    const sign = async () => (await anon.issueServiceToken(session, { audience: AUDIENCE })).token;
    const kidOf = (token: string) => JSON.parse(atob(token.split(".")[0]!)).kid as string;
    const published = async () => (await jwks()).set.keys.map(({ kid }) => kid);
    assert.deepEqual([kidOf(await sign()), await published()], ["old", ["old", "new"]]);
    seconds = at + 3_599;
    const inFlight = await sign();
    seconds = at + 3_601;
    assert.deepEqual([kidOf(inFlight), kidOf(await sign()), await published()], ["old", "new", ["old", "new"]]);
    const keySet = createLocalJWKSet((await jwks()).set);
    await jwtVerify(inFlight, keySet, { audience: AUDIENCE, currentDate: new Date(seconds * 1_000) });
    seconds = at + 7_200;
    assert.deepEqual(await published(), ["new"]);
  });
});

describe("anon-accounts/verify", () => {
  it("refuses forged tokens: another algorithm, none, another key, another payload", async () => {
    const one = serviceKey("one");
    const { anon, jwks, registered } = start([one]);
    const { token: session } = await registered();
    const { token } = await anon.issueServiceToken(session, { audience: AUDIENCE });
    const { set } = await jwks();
    const verify = verifier(set);
    const claims = (await verify(token))!;
    const [head = "", body = "", signature = ""] = token.split(".");
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signed = (header: { alg: string; kid: string }, by: Parameters<SignJWT["sign"]>[0]) =>
      new SignJWT({ ...claims }).setProtectedHeader(header).sign(by);
    const pem = createPublicKey({ key: { ...one }, format: "jwk" }).export({
      type: "spki",
      format: "pem",
    });
    const other = await importJWK(serviceKey("other") as unknown as JsonWebKey, "ES256");
    for (const forged of [
      await signed({ alg: "HS256", kid: "one" }, new TextEncoder().encode(String(pem))),
      await signed({ alg: "ES256", kid: "one" }, other),
      await signed({ alg: "ES256", kid: "unknown" }, other),
      `${encoded({ alg: "none", kid: "one" })}.${body}.`,
      `${head}.${encoded({ ...claims, sub: "another" })}.${signature}`,
      `${head}.${body}.`,
      session,
      "",
      "a.b.c",
    ]) {
      assert.equal(await verify(forged), null, forged);
    }
  });

  it("refuses what any sender can write in a header, instead of reporting the keys", async () => {
    // two keys of one algorithm, as after a rotation
    const { anon, jwks, registered } = start([serviceKey("one"), serviceKey("two")]);
    const { token: session } = await registered();
    const { token } = await anon.issueServiceToken(session, { audience: AUDIENCE });
    const { set } = await jwks();
    const head = { alg: "ES256", typ: "JWT", kid: "one" };
    for (const forged of [
      { alg: "ES256" },
      { ...head, kid: 1 },
      { ...head, kid: "three" },
      { ...head, crit: ["other"], other: 1 },
    ]) {
      const rest = token.slice(token.indexOf("."));
      assert.equal(await verifier(set)(btoa(JSON.stringify(forged)).replace(/=+$/, "") + rest), null);
      const ofSession = { ...forged, alg: "HS256" };
      const own = btoa(JSON.stringify(ofSession)).replace(/=+$/, "") + session.slice(session.indexOf("."));
      assert.equal(await createSessionVerifier({ secret: SECRET })(own), null);
    }
  });

  it("fetches the keys, and reports keys that cannot be fetched or read", async () => {
    const { anon, registered } = start([serviceKey("one")]);
    const server = createServer(async (request, response) => {
      if (request.url === "/bad") return response.end('{"keys":1}');
      const answer = await anon.handler(new Request(`${ISSUER}${request.url}`));
      response.writeHead(answer.status).end(await answer.text());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const { token: session, record } = await registered();
      const { token } = await anon.issueServiceToken(session, { audience: AUDIENCE });
      assert.equal((await verifier(`${origin}/.well-known/jwks.json`)(token))?.sub, record.id);
      for (const path of ["bad", "missing"]) {
        await assert.rejects(verifier(`${origin}/${path}`)(token), { code: "jwks_unavailable" });
      }
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    await assert.rejects(async () => createServiceVerifier({ jwks: "", issuer: "", audience: "" }), {
      code: "invalid_options",
    });
  });

  it("verifies session tokens by any of the secrets, and refuses guests unless asked", async () => {
    const { anon, registered } = start([serviceKey("one")]);
    const { token, record } = await registered();
    const guest = await anon.signInAnonymously();
    const secret = ["another secret, of 32 characters or more", SECRET];
    const verify = createSessionVerifier({ secret });
    assert.deepEqual(await verify(token), anon.verifyToken(token));
    assert.equal(await verify(guest.token), null);
    assert.equal((await createSessionVerifier({ secret, allowGuests: true })(guest.token))?.id, guest.record.id);
    assert.equal(await createSessionVerifier({ secret: secret[0]! })(token), null);
    const { token: service } = await anon.issueServiceToken(token, { audience: AUDIENCE });
    assert.equal(await verify(service), null);
    assert.equal(record.anonymous, false);
    assert.throws(() => createSessionVerifier({ secret: "short" }), { code: "invalid_secret" });
  });
});
