/** The routes that report and end the session of a request, and what an error is told apart by. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { refusal, startApi } from "../../../support/api.ts";
import { COLLECTIONS, DAY, PASSWORD } from "../../../support/sdk.ts";

const SAME_ORIGIN = { "sec-fetch-site": "same-origin" };
const cookieOf = (token: string): Record<string, string> => ({ cookie: `__Host-anon=${token}`, ...SAME_ORIGIN });

describe("GET me", () => {
  it("returns 200 without a record to a caller who is signed out", async () => {
    const { anon, send } = startApi();
    const gone = await anon.signInAnonymously();
    await anon.signOut(gone.token);
    for (const sent of [{}, { token: "none" }, { token: gone.token }, { headers: cookieOf(gone.token) }]) {
      const { status, body, headers } = await send("GET", "users/me", sent);
      assert.deepEqual([status, body], [200, { record: null }]);
      assert.deepEqual([headers.get("set-cookie"), headers.get("cache-control")], [null, "no-store"]);
    }
  });

  it("returns the token to a caller that sent one, and the seconds until the session ends", async () => {
    const { anon, clock, send } = startApi({ sessionTtl: "30d" });
    const { token, record } = await anon.signInAnonymously({ data: { cart: ["tea"] } });
    clock.now += 10 * DAY;
    const early = (await send("GET", "users/me", { token })).body;
    assert.deepEqual([early.token, early.expiresIn, early.record.cart], [token, 20 * 86_400, ["tea"]]);
    clock.now += 10 * DAY;
    const { body, headers } = await send("GET", "users/me", { token });
    assert.deepEqual(Object.keys(body), ["record", "expiresIn", "token"]);
    assert.notEqual(body.token, token);
    assert.deepEqual([body.expiresIn, body.record.id, headers.get("set-cookie")], [30 * 86_400, record.id, null]);
    assert.equal((await anon.authenticate(body.token))?.record.id, record.id);
  });

  it("keeps the token of a cookie out of the body, and renews the cookie", async () => {
    const { anon, clock, send } = startApi({ sessionTtl: "30d" });
    const { token, record } = await anon.signInAnonymously();
    clock.now += 20 * DAY;
    const { body, headers } = await send("GET", "users/me", { headers: cookieOf(token) });
    assert.deepEqual(Object.keys(body), ["record", "expiresIn"]);
    assert.deepEqual([body.record.id, body.expiresIn], [record.id, 30 * 86_400]);
    const set = headers.get("set-cookie") ?? "";
    assert.match(set, /^__Host-anon=ey/);
    assert.ok(!JSON.stringify(body).includes(set.slice("__Host-anon=".length, set.indexOf(";"))));
    assert.equal(headers.get("vary"), "Cookie");
  });

  it("returns an account of any collection, because a browser has one cookie for all of them", async () => {
    const { anon, send } = startApi(COLLECTIONS);
    const { token, record } = await anon.signInAnonymously({ collection: "customers" });
    const { body } = await send("GET", "users/me", { headers: cookieOf(token) });
    assert.deepEqual([body.record.id, body.record.collectionName], [record.id, "customers"]);
    assert.deepEqual((await send("GET", "users/me?fields=record.id", { token })).body, { record: { id: record.id } });
  });
});

describe("POST sign-out", () => {
  it("ends the session of the token, and no other one", async () => {
    const { anon, send } = startApi();
    const { email, password } = await anon.admin.createUser();
    const here = await anon.signInWithPassword(email, password);
    const there = await anon.signInWithPassword(email, password);
    const { status, body } = await send("POST", "users/sign-out", { token: here.token });
    assert.deepEqual([status, body], [204, null]);
    assert.equal(await anon.authenticate(here.token), null);
    assert(await anon.authenticate(there.token));
  });

  it("returns 204 again when the response was lost and the client repeats the request", async () => {
    const { anon, send } = startApi();
    const { token } = await anon.signInAnonymously();
    for (const _ of [1, 2]) assert.equal((await send("POST", "users/sign-out", { token })).status, 204);
    assert.equal((await send("POST", "users/sign-out")).status, 204);
  });

  it("ends all sessions of the account with `everywhere`", async () => {
    const { anon, send } = startApi();
    const { email, password } = await anon.admin.createUser();
    const here = await anon.signInWithPassword(email, password);
    const there = await anon.signInWithPassword(email, password);
    const wrong = await send("POST", "users/sign-out", { token: here.token, body: { everywhere: "yes" } });
    refusal(wrong, 400, { everywhere: "validation_invalid_value" });
    assert(await anon.authenticate(here.token));
    const done = await send("POST", "users/sign-out", { token: here.token, body: { everywhere: true } });
    assert.equal(done.status, 204);
    assert.deepEqual([await anon.authenticate(here.token), await anon.authenticate(there.token)], [null, null]);
  });

  it("deletes the cookie of the session, only for pages of the same origin", async () => {
    const { anon, send } = startApi();
    const { token } = await anon.signInAnonymously();
    const cookie = `__Host-anon=${token}`;
    const foreign = { cookie, origin: "https://evil.example" };
    refusal(await send("POST", "users/sign-out", { headers: foreign }), 403);
    assert(await anon.authenticate(token));
    const { status, headers } = await send("POST", "users/sign-out", { headers: cookieOf(token) });
    assert.deepEqual([status, headers.get("set-cookie")?.slice(0, 13)], [204, "__Host-anon=;"]);
    assert.equal(await anon.authenticate(token), null);
  });
});

describe("a write with the cookie", () => {
  it("is refused without Origin and Sec-Fetch-Site, with what to send", async () => {
    const { anon, send } = startApi();
    const { token } = await anon.signInAnonymously();
    const cookie = `__Host-anon=${token}`;
    const reply = await send("POST", "users/auth-refresh", { headers: { cookie } });
    refusal(reply, 403);
    assert.equal(reply.body.code, "origin_required");
    assert.match(reply.body.message, /header Origin is missing.*send the origin of this server.*Authorization/);
    // what the message says to send
    const origin = "https://shop.example";
    assert.equal((await send("POST", "users/auth-refresh", { headers: { cookie, origin } })).status, 200);
    assert.equal((await send("POST", "users/auth-refresh", { token })).status, 200);
  });

  it("is refused from a page of another site, whatever header says so", async () => {
    const { anon, send } = startApi();
    const cookie = `__Host-anon=${(await anon.signInAnonymously()).token}`;
    const foreign: Record<string, string>[] = [
      { origin: "https://evil.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
    ];
    for (const headers of foreign) {
      const reply = await send("POST", "users/auth-refresh", { headers: { cookie, ...headers } });
      refusal(reply, 403);
      const { code, message } = reply.body;
      assert.deepEqual([code, message], ["cross_site", "The request was sent by a page of another site."]);
    }
  });

  it("is also refused where a sign-in would set the cookie", async () => {
    const { send } = startApi({ api: { cookies: true } });
    assert.equal((await send("POST", "users/auth-anonymously")).body.code, "origin_required");
  });
});

describe("the code of an error", () => {
  it("is the code of the SDK, or says what is wrong with the request", async () => {
    const { send } = startApi();
    const { token } = (await send("POST", "users/auth-anonymously")).body;
    await send("POST", "users/records", {
      body: { email: "ada@example.com", password: PASSWORD, passwordConfirm: PASSWORD },
    });
    const taken = { email: "ada@example.com", password: PASSWORD, passwordConfirm: PASSWORD };
    const cases: [code: string, method: string, path: string, sent: Parameters<typeof send>[2]][] = [
      ["invalid_token", "POST", "users/auth-refresh", {}],
      ["email_taken", "POST", "users/convert", { token, body: taken }],
      ["weak_password", "POST", "users/convert", { token, body: { ...taken, password: "x", passwordConfirm: "x" } }],
      ["invalid_data", "POST", "users/convert", { token, body: {} }],
      ["invalid_credentials", "POST", "users/auth-with-password", { body: { identity: "x", password: PASSWORD } }],
      ["reserved_field", "POST", "users/auth-anonymously", { body: { verified: true } }],
      ["invalid_request", "POST", "users/auth-anonymously", { body: "{" }],
      ["unsupported_media_type", "POST", "users/convert", { token, body: "x", headers: { "content-type": "a/b" } }],
      ["method_not_allowed", "DELETE", "users/me", {}],
      ["not_found", "GET", "users/nothing", {}],
      ["unknown_collection", "GET", "nothing/me", {}],
    ];
    for (const [code, method, path, sent] of cases) {
      const reply = await send(method, path, sent);
      assert.equal(reply.body.code, code, JSON.stringify(reply.body));
    }
  });
});
