import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAnon } from "../../../../sdk/create-anon.ts";
import memory from "../../../../storage-drivers/memory.ts";
import { refusal, sender, startApi } from "../../../support/api.ts";
import { DAY, PASSWORD, refusedAtOnce } from "../../../support/sdk.ts";

const ADA = { email: "ada@example.com", password: PASSWORD, passwordConfirm: PASSWORD };

describe("the HTTP API and cookies", () => {
  it("updates an existing cookie, and sets no new one by default", async () => {
    const { anon, send } = startApi();
    const { token, record } = await anon.signInAnonymously();
    const headers = { cookie: `__Host-anon=${token}`, "sec-fetch-site": "same-origin" };
    const converted = await send("POST", "users/convert", { headers, body: ADA });
    assert.equal(converted.status, 200);
    const set = converted.headers.get("set-cookie") ?? "";
    assert.ok(set.startsWith(`__Host-anon=${converted.body.token}; `), set);
    assert.equal(converted.headers.get("vary"), "Cookie");
    const again = { ...headers, cookie: `__Host-anon=${converted.body.token}` };
    const deleted = await send("DELETE", `users/records/${record.id}`, { headers: again });
    assert.deepEqual([deleted.status, deleted.headers.get("set-cookie")?.slice(0, 13)], [204, "__Host-anon=;"]);
  });

  it("sets the cookie of a renewed session on an error too, and leaves a dead cookie", async () => {
    const { anon, clock, send } = startApi();
    const { token, record } = await anon.signInAnonymously();
    clock.now += 16 * DAY;
    const headers = { cookie: `__Host-anon=${token}`, "sec-fetch-site": "same-origin" };
    const missing = await send("GET", "users/records/aaaaaaaaaaaaaaa", { headers });
    assert.equal(missing.status, 404);
    assert.match(missing.headers.get("set-cookie") ?? "", /^__Host-anon=ey/);
    await anon.admin.delete(record.id);
    const dead = await send("POST", "users/auth-refresh", { headers });
    assert.deepEqual([dead.status, dead.headers.get("set-cookie")], [401, null]);
  });

  it("sets a new cookie with `cookies: true`", async () => {
    const { send } = startApi({ api: { cookies: true } });
    const headers = { "sec-fetch-site": "same-origin" };
    const { headers: received } = await send("POST", "users/auth-anonymously", { headers });
    assert.match(received.get("set-cookie") ?? "", /^__Host-anon=/);
    refusal(await send("POST", "users/auth-anonymously", { headers: { origin: "https://evil.example" } }), 403);
  });

  it("refuses writes with the cookie from another origin, also if only scheme or port differ", async () => {
    const { anon } = startApi({ api: { origins: ["https://app.example"] } });
    const { token, record } = await anon.signInAnonymously();
    const write = (headers: Record<string, string>, origin = "https://shop.example") =>
      sender(anon, origin)("PATCH", `users/records/${record.id}`, {
        headers: { cookie: `__Host-anon=${token}`, ...headers },
        body: { a: 1 },
      });
    const foreign: Record<string, string>[] = [
      {},
      { origin: "null" },
      { origin: "https://evil.example" },
      { origin: "http://shop.example" },
      { origin: "https://shop.example:8443" },
      { origin: "https://shop.example.evil.example" },
      { origin: "https://sub.shop.example" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site", origin: "https://sub.shop.example" },
      { "sec-fetch-site": "cross-site", origin: "https://shop.example" },
      { origin: "http://app.example" },
    ];
    for (const headers of foreign) refusal(await write(headers), 403);
    const own: Record<string, string>[] = [
      { origin: "https://shop.example" },
      { "sec-fetch-site": "same-origin" },
      { "sec-fetch-site": "none" },
      { origin: "https://app.example" },
      { "sec-fetch-site": "cross-site", origin: "https://app.example" },
    ];
    for (const headers of own) assert.equal((await write(headers)).status, 200, JSON.stringify(headers));
    for (const authorization of ["Basic YTpi", "", "Bearer forged"]) {
      refusal(await write({ authorization, origin: "https://evil.example" }), 403);
    }
    const proxied = { origin: "https://shop.example", "x-forwarded-proto": "https" };
    assert.equal((await write(proxied, "http://shop.example")).status, 200);
    const byHeader = await sender(anon)("PATCH", `users/records/${record.id}`, {
      token,
      headers: { origin: "https://evil.example" },
      body: { a: 2 },
    });
    assert.equal(byHeader.status, 200);
  });

  it("allows CORS only for the configured origins", async () => {
    const preflight = { origin: "https://app.example", "access-control-request-method": "POST" };
    const closed = await startApi().send("OPTIONS", "users/auth-anonymously", { headers: preflight });
    assert.deepEqual([closed.status, closed.headers.get("access-control-allow-origin")], [204, null]);
    const { send } = startApi({ api: { origins: ["https://app.example"] } });
    const open = await send("OPTIONS", "users/auth-anonymously", { headers: preflight });
    assert.equal(open.headers.get("access-control-allow-origin"), "https://app.example");
    assert.equal(open.headers.get("access-control-allow-methods"), "POST");
    assert.match(open.headers.get("access-control-allow-headers") ?? "", /Authorization/);
    assert.equal(open.headers.get("access-control-allow-credentials"), null);
    const asked = { ...preflight, "access-control-request-headers": "content-type,x-captcha" };
    const allowed = (await send("OPTIONS", "users/auth-anonymously", { headers: asked })).headers;
    assert.equal(allowed.get("access-control-allow-headers"), "content-type,x-captcha");
    const other = await send("POST", "users/auth-anonymously", { headers: { origin: "https://evil.example" } });
    assert.deepEqual([other.status, other.headers.get("access-control-allow-origin")], [200, null]);
    assert.match(other.headers.get("vary") ?? "", /Origin/);
  });

  it("refuses invalid options", () => {
    const wrong = [
      { basePath: "api" },
      { basePath: "/api/" },
      { basePath: "//" },
      { cookies: 1 },
      { origins: "https://app.example" },
      { origins: ["app.example"] },
      { origins: ["https://app.example/"] },
      { origins: ["*"] },
    ];
    for (const api of wrong) {
      refusedAtOnce(
        () => createAnon({ storage: memory(), secret: "x".repeat(32), api: api as never }),
        "invalid_options",
      );
    }
  });
});
