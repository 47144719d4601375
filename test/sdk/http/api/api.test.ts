import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fieldsOf, pick } from "../../../../sdk/http/api/fields-parameter.ts";
import memory from "../../../../storage-drivers/memory.ts";
import { refusal, sender, startApi } from "../../../support/api.ts";
import { COLLECTIONS, collect, intercepting, PASSWORD, setUp } from "../../../support/sdk.ts";

const ADA = { email: "ada@example.com", password: PASSWORD, passwordConfirm: PASSWORD };

describe("the HTTP API", () => {
  it("signs in anonymously and returns a record in wire format", async () => {
    const { send, anon } = startApi(COLLECTIONS);
    const { status, body, headers } = await send("POST", "customers/auth-anonymously", { body: { plan: "free" } });
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body), ["record", "token"]);
    const { record, token } = body;
    assert.equal(anon.verifyToken(token)?.collectionId, "customers");
    assert.match(record.id, /^[a-z0-9]{15}$/);
    assert.match(record.created, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(
      [record.collectionId, record.collectionName, record.emailVisibility, record.verified, record.plan],
      ["customers", "customers", false, false, "free"],
    );
    for (const secret of ["password", "tokenKey", "sessions", "fence"]) assert.equal(secret in record, false);
    assert.deepEqual([headers.get("set-cookie"), headers.get("cache-control")], [null, "no-store"]);
  });

  it("refuses a body that was read already or is being read, whatever its declared length", async () => {
    const { anon } = startApi(COLLECTIONS);
    const url = "https://shop.example/api/collections/users/auth-anonymously";
    const declared = ["2", "70000"].map((length) => ({ "content-type": "application/json", "content-length": length }));
    const requests = [...declared, {}].map((headers) => new Request(url, { method: "POST", body: "{}", headers }));
    const used = [(one: Request) => one.text(), (one: Request) => one.body?.getReader()];
    for (const use of used) {
      for (const request of requests.map((one) => one.clone())) {
        await use(request);
        const { status } = await anon.handler(request);
        assert.equal(status, 400, `of a declared length of ${request.headers.get("content-length")}`);
      }
    }
    const readBody = (): never => {
      throw new TypeError("the body was read already");
    };
    const request = new Request(url, { method: "POST" });
    const message = { method: "POST", url, headers: request.headers, address: undefined, request, readBody };
    assert.equal((await anon.handleApi(message)).status, 400);
  });

  it("returns 404 when it is switched off, and serves any basePath", async () => {
    const { send, anon } = startApi({ api: false });
    refusal(await send("POST", "users/auth-anonymously"), 404);
    assert.equal(anon.isApiRequest(new Request("https://shop.example/api/collections/users/records")), false);
    const { anon: moved } = startApi({ api: { basePath: "/x/y.z" } });
    const url = (base: string) =>
      new Request(`https://shop.example${base}/collections/users/auth-anonymously`, { method: "POST" });
    assert.deepEqual(
      [moved.isApiRequest(url("/x/y.z")), moved.isApiRequest(url("/x/yaz")), moved.isApiRequest(url("/api"))],
      [true, false, false],
    );
    assert.equal((await moved.handler(url("/x/y.z"))).status, 200);
    assert.equal((await moved.handler(url("/x/yaz"))).status, 404);
  });

  it("serves the life of a guest: refresh, update, convert, sign in, delete", async () => {
    const { send } = startApi();
    const { body: guest } = await send("POST", "users/auth-anonymously");
    const { id } = guest.record;
    const refreshed = await send("POST", "users/auth-refresh", { token: guest.token });
    assert.deepEqual([refreshed.status, refreshed.body.record.id], [200, id]);
    const seen = await send("GET", `users/records/${id}`, { token: `Bearer ${guest.token}` });
    assert.deepEqual([seen.status, seen.body], [200, guest.record]);
    const updated = await send("PATCH", `users/records/${id}`, { token: guest.token, body: { cart: ["a"] } });
    assert.deepEqual([updated.status, updated.body.cart], [200, ["a"]]);
    const converted = await send("POST", "users/convert", {
      token: guest.token,
      body: { ...ADA, username: "ada", emailVisibility: true, plan: "paid" },
    });
    assert.equal(converted.status, 200, JSON.stringify(converted.body));
    const { record } = converted.body;
    assert.deepEqual(
      [record.id, record.email, record.username, record.cart, record.plan],
      [id, ADA.email, "ada", ["a"], "paid"],
    );
    refusal(await send("POST", "users/auth-refresh", { token: guest.token }), 401);
    for (const identity of ["ADA@example.com", "Ada"]) {
      const signedIn = await send("POST", "users/auth-with-password", { body: { identity, password: PASSWORD } });
      assert.deepEqual([signedIn.status, signedIn.body.record.id], [200, id]);
    }
    const deleted = await send("DELETE", `users/records/${id}`, { token: converted.body.token });
    assert.deepEqual([deleted.status, deleted.body], [204, null]);
    refusal(await send("GET", `users/records/${id}`, { token: converted.body.token }), 404);
  });

  it("registers without signing in, and stores nothing of a refused registration", async () => {
    const { send, anon } = startApi();
    const created = await send("POST", "users/records", { body: { ...ADA, plan: "paid" } });
    assert.deepEqual([created.status, created.body.email, created.body.plan], [200, ADA.email, "paid"]);
    assert.equal("token" in created.body, false);
    refusal(await send("POST", "users/records", { body: ADA }), 400, { email: "validation_not_unique" });
    assert.equal((await collect(anon.admin.list())).length, 1);
    const { body } = await send("POST", "users/auth-with-password", {
      body: { identity: ADA.email, password: PASSWORD },
    });
    assert.equal(body.record.id, created.body.id);
  });

  it("names the refused fields", async () => {
    const { send } = startApi();
    const { body: guest } = await send("POST", "users/auth-anonymously");
    const convert = (body: object) => send("POST", "users/convert", { token: guest.token, body });
    const cases: [object, Record<string, string>][] = [
      [{}, { email: "validation_required" }],
      [{ ...ADA, email: 5 }, { email: "validation_invalid_value" }],
      [{ ...ADA, email: "ada" }, { email: "validation_is_email" }],
      [{ ...ADA, email: guest.record.email }, { email: "validation_reserved" }],
      [{ ...ADA, password: "", passwordConfirm: "" }, { password: "validation_required" }],
      [{ ...ADA, password: "short", passwordConfirm: "short" }, { password: "validation_length_out_of_range" }],
      [{ ...ADA, passwordConfirm: "other" }, { passwordConfirm: "validation_values_mismatch" }],
      [{ ...ADA, username: "a b" }, { username: "validation_match_invalid" }],
      [{ ...ADA, verified: true }, { verified: "validation_reserved" }],
      [{ ...ADA, id: "aaaaaaaaaaaaaaa" }, { id: "validation_reserved" }],
    ];
    for (const [body, data] of cases) refusal(await convert(body), 400, data);
    const patched = await send("PATCH", `users/records/${guest.record.id}`, {
      token: guest.token,
      body: '{"__proto__":{"a":1}}',
    });
    refusal(patched, 400, JSON.parse('{"__proto__":"validation_reserved"}'));
  });

  it("reveals no identities and no other account's record", async () => {
    const { send } = startApi(COLLECTIONS);
    await send("POST", "users/records", { body: ADA });
    const { body: one } = await send("POST", "users/auth-anonymously");
    const { body: other } = await send("POST", "users/auth-anonymously");
    const wrong = [
      await send("POST", "users/auth-with-password", { body: { identity: ADA.email, password: `${PASSWORD}x` } }),
      await send("POST", "users/auth-with-password", { body: { identity: "no@example.com", password: PASSWORD } }),
    ];
    for (const reply of wrong) refusal(reply, 400);
    assert.deepEqual(wrong[0]!.body, wrong[1]!.body);
    for (const method of ["GET", "PATCH", "DELETE"]) {
      const body = method === "PATCH" ? { a: 1 } : undefined;
      const foreign = await send(method, `users/records/${other.record.id}`, { token: one.token, body });
      const absent = await send(method, "users/records/aaaaaaaaaaaaaaa", { token: one.token, body });
      const anonymous = await send(method, `users/records/${other.record.id}`, { body });
      for (const reply of [foreign, absent, anonymous]) {
        refusal(reply, 404);
        assert.deepEqual(reply.body, foreign.body);
      }
    }
    refusal(await send("POST", "users/auth-refresh"), 401);
    refusal(await send("POST", "customers/auth-refresh", { token: one.token }), 403);
    refusal(await send("POST", "users/convert", { body: ADA }), 401);
    refusal(await send("POST", "customers/convert", { token: one.token, body: ADA }), 403);
  });

  it("refuses bodies that are too large, too deep, ambiguous or not JSON", async () => {
    const { send, anon } = startApi();
    const post = (body: string, headers?: Record<string, string>) =>
      send("POST", "users/auth-anonymously", { body, headers });
    refusal(await post(`{"a":"${"x".repeat(65_536)}"}`), 413);
    refusal(await post("{}", { "content-length": "65537" }).catch(() => post(`{"a":"${"x".repeat(65_536)}"}`)), 413);
    refusal(await post(`{"a":${"[".repeat(32)}${"]".repeat(32)}}`), 400);
    refusal(await post(`{"a":${"[".repeat(30_000)}${"]".repeat(30_000)}}`), 400);
    for (const text of ['{"a":1,"a":2}', '{"b":{"a":1,"\\u0061":2}}', '{"x":[{"a":1},{"a":1,"a":1}]}']) {
      refusal(await post(text), 400);
    }
    assert.equal((await post('{"x":[{"a":"{\\"a"},{"a":"\\\\"}],"a":{"a":{}}}')).status, 200);
    for (const text of ["{", "[]", "null", "5", '"text"', "{'a':1}"]) refusal(await post(text), 400);
    for (const type of ["text/plain", "multipart/form-data", "application/jsonp", ""]) {
      refusal(await post("{}", { "content-type": type }), 415);
    }
    for (const type of ["application/json; charset=utf-8", "Application/JSON", "application/problem+json"]) {
      assert.equal((await post("{}", { "content-type": type })).status, 200);
    }
    assert.equal((await collect(anon.admin.list())).length, 4);
  });

  it("refuses a number that would be rounded, names its field and stores nothing", async () => {
    const { send, anon } = startApi();
    const signIn = (body: string) => send("POST", "users/auth-anonymously", { body });
    refusal(await signIn('{"discord":1234567890123456789}'), 400, { discord: "validation_invalid_value" });
    refusal(await signIn('{"links":[{"id":-9007199254740993}],"ok":0.1}'), 400, { links: "validation_invalid_value" });
    refusal(await signIn('{"size":1e400}'), 400, { size: "validation_invalid_value" });
    assert.equal((await collect(anon.admin.list())).length, 0);
    const { body } = await signIn('{"discord":"1234567890123456789","exact":9007199254740992}');
    assert.deepEqual([body.record.discord, body.record.exact], ["1234567890123456789", 9007199254740992]);
  });

  it("picks fields by dotted paths, by dotted names and by repeated requests", () => {
    const body = { a: { b: 1, c: [{ b: 2, d: 3 }, 4] }, "a.b": 5, e: { b: 6 }, "": 7 };
    const picked = (fields: string) => {
      const paths = fieldsOf(new URL(`http://localhost/?fields=${fields}`).searchParams);
      assert(paths);
      return pick(body, paths);
    };
    assert.deepEqual(picked("a.b"), { a: { b: 1 }, "a.b": 5 });
    assert.deepEqual(picked("a.c.b"), { a: { c: [{ b: 2 }, 4] } });
    assert.deepEqual(picked("a.b,a"), { a: body.a, "a.b": 5 });
    assert.deepEqual(picked("*,a.b"), { ...body, a: { b: 1 } });
    assert.deepEqual(picked("e.*,e.*,x.y"), { e: { b: 6 } });
    assert.deepEqual(picked("e.x,"), { e: {}, "": 7 });
  });

  it("picks many fields in about the time of one, so that no guest delays others", () => {
    const body = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`f${i}`, 1]));
    const timeOf = (count: number): number => {
      const names = Array.from({ length: count }, (_, i) => `_${i.toString(36)}`);
      const paths = fieldsOf(new URLSearchParams({ fields: names.join(",").slice(0, 4_096) }));
      assert(paths);
      const times = Array.from({ length: 7 }, () => {
        const started = performance.now();
        for (let round = 0; round < 5; round++) assert.deepEqual(pick(body, paths), {});
        return performance.now() - started;
      });
      return Math.min(...times);
    };
    const [one, many] = [timeOf(1), timeOf(1_000)];
    assert(many < one * 20, `${one} ms for one field, ${many} ms for a thousand`);
  });

  it("returns 404 for unknown routes and 405 for other methods", async () => {
    const { send, anon } = startApi({ collections: { users: {} } });
    refusal(await send("GET", "nope/auth-methods"), 404);
    refusal(await send("POST", "Not%20OK/auth-anonymously"), 404);
    refusal(await send("GET", "users/nothing"), 404);
    refusal(await send("GET", "users/records/short"), 404);
    const { headers, ...rest } = await send("PUT", "users/records");
    refusal({ headers, ...rest }, 405);
    assert.equal(headers.get("allow"), "POST");
    assert.equal((await send("OPTIONS", "users/records/aaaaaaaaaaaaaaa")).headers.get("allow"), "GET, PATCH, DELETE");
    refusal(await send("OPTIONS", "users/nothing"), 404);
    assert.equal((await send("GET", "users/auth-methods")).body.password.enabled, true);
    assert.equal((await anon.handler(new Request("https://shop.example/elsewhere"))).status, 404);
    const moved = setUp(memory(), { api: { basePath: "/" } }).anon;
    const url = "https://shop.example/collections/users/auth-anonymously";
    assert.equal((await moved.handler(new Request(url, { method: "POST" }))).status, 200);
  });

  it("reveals no details of a storage failure", async () => {
    const { driver } = startApi();
    const down = intercepting(driver, { swap: () => Promise.reject(new Error("redis://user:hunter2@host is down")) });
    const reply = await sender(setUp(down).anon)("POST", "users/auth-anonymously");
    refusal(reply, 503);
    assert.doesNotMatch(JSON.stringify(reply.body), /hunter2|redis/);
  });

  it("creates one account for concurrent requests with the same idempotency key", async () => {
    const { send, anon } = startApi();
    const headers = { "idempotency-key": "0123456789abcdef" };
    const replies = await Promise.all([1, 2, 3].map(() => send("POST", "users/auth-anonymously", { headers })));
    assert.equal(new Set(replies.map(({ body }) => body.token)).size, 1);
    assert.equal((await collect(anon.admin.list())).length, 1);
    refusal(await send("POST", "users/auth-anonymously", { headers: { "idempotency-key": "short" } }), 400);
  });
});
