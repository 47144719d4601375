/** Sequential requests of a browser, each with the cookie that the last response set. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import type { RequestContext } from "../../../sdk/contract/requests.ts";
import { createAnon } from "../../../sdk/create-anon.ts";
import memory from "../../../storage-drivers/memory.ts";
import { Browser } from "../../support/browser.ts";
import { collect, DAY, intercepting, PASSWORD, refused, SECRET, setUp } from "../../support/sdk.ts";
import { serve } from "../../support/server.ts";

const URL_ = "https://shop.example/";
const REGISTERED = { email: "ada@example.com", password: PASSWORD };

describe("run", () => {
  it("signs a visitor in, and recognizes them in the next request", async () => {
    const { anon } = setUp(memory());
    const browser = new Browser(anon);
    const first = await browser.visit(async (context) => (await context.signInAnonymously()).record.id);
    assert.match(first.response.headers.get("set-cookie") ?? "", /^__Host-anon=[\w.-]+; /);
    const second = await browser.visit(async (context) => (await context.auth())?.record.id);
    assert.equal(second.answer, first.answer);
    assert.equal(second.response.headers.get("set-cookie"), null);
  });

  it("creates one account for concurrent sign-ins of one request", async () => {
    const { anon } = setUp(memory());
    const { answer } = await new Browser(anon).visit(async (context) => {
      const all = await Promise.all(Array.from({ length: 20 }, () => context.signInAnonymously()));
      return new Set(all.map(({ token }) => token)).size;
    });
    assert.equal(answer, 1);
    assert.equal((await collect(anon.admin.list())).length, 1);
  });

  it("returns the same guest within a collection, unless `fresh` is set", async () => {
    const { anon } = setUp(memory());
    const browser = new Browser(anon);
    const id = (options?: object) => async (context: RequestContext) =>
      (await context.signInAnonymously(options)).record.id;
    const { answer: first } = await browser.visit(id());
    assert.equal((await browser.visit(id({ data: { a: 1 } }))).answer, first);
    const { answer: fresh } = await browser.visit(id({ fresh: true }));
    assert.notEqual(fresh, first);
    const { answer: customer } = await browser.visit(id({ collection: "customers" }));
    assert.notEqual(customer, fresh);
    assert.equal((await browser.visit(id({ collection: "customers" }))).answer, customer);
  });

  it("never replaces a registered account with a guest", async () => {
    const { anon } = setUp(memory());
    const browser = new Browser(anon);
    const { answer: id } = await browser.visit(async (context) => {
      await context.signInAnonymously();
      return (await context.convert(REGISTERED)).record.id;
    });
    for (const options of [{}, { fresh: true }, { collection: "customers" }]) {
      const { answer, response } = await browser.visit((context) => context.signInAnonymously(options));
      assert.deepEqual([answer.record.id, answer.record.anonymous], [id, false]);
      assert.equal(response.headers.get("set-cookie"), null);
    }
    assert.equal((await collect(anon.admin.list())).length, 1);
  });

  it("converts, signs out and signs in again", async () => {
    const { anon } = setUp(memory());
    const browser = new Browser(anon);
    const { answer: guest } = await browser.visit((context) => context.signInAnonymously());
    const before = browser.cookies.get("__Host-anon");
    const { answer: converted } = await browser.visit((context) => context.convert(REGISTERED));
    assert.equal(converted.record.id, guest.record.id);
    assert.notEqual(browser.cookies.get("__Host-anon"), before);
    assert.equal(await anon.authenticate(guest.token), null);
    await browser.visit((context) => context.signOut());
    assert.equal(browser.cookies.size, 0);
    assert.equal(await anon.authenticate(converted.token), null);
    await browser.visit(async (context) => refused(context.convert(REGISTERED), "invalid_token"));
    const { answer: again } = await browser.visit((context) => context.signInWithPassword("ada@EXAMPLE.com", PASSWORD));
    assert.equal(again.record.id, guest.record.id);
    const { answer } = await browser.visit((context) => context.auth());
    assert.equal(answer?.record.id, guest.record.id);
  });

  it("leaves the cookie when the session has ended, and when the storage fails", async () => {
    const driver = memory();
    const { anon } = setUp(driver);
    const browser = new Browser(anon);
    const { answer } = await browser.visit((context) => context.signInAnonymously());
    const down = setUp(intercepting(driver, { read: () => Promise.reject(new Error("gone")) })).anon;
    const request = browser.request();
    const context = await down.context(request);
    await refused(context.auth(), "storage_unavailable");
    assert.equal(context.respond(new Response()).headers.get("set-cookie"), null);
    await anon.admin.delete(answer.record.id);
    const dead = await browser.visit((context) => context.auth());
    assert.equal(dead.answer, null);
    assert.equal(dead.response.headers.get("set-cookie"), null);
    assert.equal(browser.cookies.size, 1);
  });

  it("sets the cookie of a renewed session", async () => {
    const { anon, clock } = setUp(memory());
    const browser = new Browser(anon);
    await browser.visit((context) => context.signInAnonymously());
    const before = browser.cookies.get("__Host-anon");
    clock.now += 16 * DAY;
    const { response } = await browser.visit((context) => context.auth());
    assert.match(response.headers.get("set-cookie") ?? "", /Max-Age=25(92000|91999)/);
    assert.notEqual(browser.cookies.get("__Host-anon"), before);
    clock.now += 16 * DAY;
    assert.ok((await browser.visit((context) => context.auth())).answer);
  });

  it("prefers the token of the Authorization header to the cookie's, and sets no cookie then", async () => {
    const { anon, clock } = setUp(memory());
    const browser = new Browser(anon);
    const { answer: cookie } = await browser.visit((context) => context.signInAnonymously());
    const header = await anon.signInAnonymously();
    for (const value of [header.token, `Bearer ${header.token}`, `bearer  ${header.token}`]) {
      const { answer } = await browser.visit((context) => context.auth(), { authorization: value });
      assert.equal(answer?.record.id, header.record.id);
    }
    const { answer } = await browser.visit((context) => context.auth(), { authorization: "Basic YTpi" });
    assert.equal(answer?.record.id, cookie.record.id);
    const forged = await browser.visit((context) => context.auth(), { authorization: "Bearer forged" });
    assert.equal(forged.answer?.record.id, cookie.record.id, "an invalid header does not mask a valid cookie");
    const stranger = await new Browser(anon).visit((context) => context.auth(), { authorization: "Bearer forged" });
    assert.deepEqual([stranger.answer, stranger.response.headers.get("set-cookie")], [null, null]);
    clock.now += 16 * DAY;
    const renewed = await browser.visit((context) => context.auth(), { authorization: header.token });
    assert.notEqual(renewed.answer?.token, header.token);
    assert.equal(renewed.response.headers.get("set-cookie"), null);
    const converted = await browser.visit((context) => context.convert(REGISTERED), {
      authorization: renewed.answer?.token ?? "",
    });
    assert.equal(converted.response.headers.get("set-cookie"), null);
  });

  it("leaves the application's cookies and cache headers unchanged", async () => {
    const { anon } = setUp(memory());
    const response = await anon.run(new Request(URL_), async (context) => {
      await context.signInAnonymously();
      const headers = new Headers({ "Cache-Control": "no-store", Vary: "Accept-Encoding", "X-Own": "1" });
      headers.append("Set-Cookie", "a=1; Path=/");
      headers.append("Set-Cookie", "b=2; Expires=Thu, 01 Jan 2031 00:00:00 GMT");
      return new Response("body", { status: 201, headers });
    });
    assert.deepEqual([response.status, await response.text(), response.headers.get("x-own")], [201, "body", "1"]);
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(response.headers.get("vary"), "Accept-Encoding, Cookie");
    const cookies = response.headers.getSetCookie();
    assert.deepEqual(cookies.slice(0, 2), ["a=1; Path=/", "b=2; Expires=Thu, 01 Jan 2031 00:00:00 GMT"]);
    assert.equal(cookies.length, 3);
  });

  it("keeps the content type, and sets no cookie on a Response that the application reuses", async () => {
    const { anon } = setUp(memory());
    const sent = await serve((request) => anon.run(request, async ({ auth }) => new Response(String(await auth()))));
    try {
      const response = await fetch(sent.url);
      assert.deepEqual([await response.text(), response.headers.get("vary")], ["null", "Cookie"]);
      assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
    } finally {
      await sent.stop();
    }
    const constant = new Response(null, { status: 204 });
    const signIn = (context: RequestContext) => context.signInAnonymously().then(() => constant);
    assert.ok((await anon.run(new Request(URL_), signIn)).headers.has("set-cookie"));
    assert.equal(constant.headers.has("set-cookie"), false);
  });

  it("does not fail on a malformed URL or idempotency key", async () => {
    const { anon } = setUp(memory());
    const headers = { "Idempotency-Key": "short" };
    const response = await anon.run(new Request(URL_, { headers }), async (context) => {
      await context.signInAnonymously();
      return new Response();
    });
    assert.ok(response.headers.has("set-cookie"));
    const odd = Object.defineProperty(new Request(URL_), "url", { value: "http://a:99999/" });
    assert.equal(anon.isApiRequest(odd), false);
    assert.equal((await anon.handler(odd)).status, 404);
    assert.equal(await (await anon.context(odd)).auth(), null);
  });

  it("keeps personal responses out of shared caches, and leaves other responses unchanged", async () => {
    const { anon } = setUp(memory());
    const asked = await anon.run(new Request(URL_), async (context) => new Response(String(await context.auth())));
    assert.deepEqual([asked.headers.get("cache-control"), asked.headers.get("vary")], ["private", "Cookie"]);
    const plain = new Response("static");
    assert.equal(await anon.run(new Request(URL_), () => plain), plain);
    const redirect = await anon.run(new Request(URL_), async (context) => {
      await context.signInAnonymously();
      return Response.redirect("https://shop.example/next", 303);
    });
    assert.deepEqual([redirect.status, redirect.headers.get("location")], [303, "https://shop.example/next"]);
    assert.ok(redirect.headers.has("set-cookie"));
    const none = await anon.run(new Request(URL_), async (context) => {
      await context.signOut();
      return new Response(null, { status: 204 });
    });
    assert.equal(none.status, 204);
  });

  it("refuses to sign in after the response was created", async () => {
    const { anon } = setUp(memory());
    const context = await anon.context(new Request(URL_));
    context.respond(new Response());
    await refused(context.signInAnonymously(), "response_sent");
    assert.equal((await collect(anon.admin.list())).length, 0);
    const slow = await anon.context(new Request(URL_));
    const signing = slow.signInAnonymously();
    slow.respond(new Response());
    await refused(signing, "response_sent");
  });
});

describe("the context", () => {
  it("types the fields of a collection's schema", async () => {
    const schema = z.object({ cart: z.array(z.string()).default([]) });
    const anon = createAnon({ storage: memory(), secret: SECRET, collections: { customers: { schema } } });
    const context = await anon.context(new Request(URL_));
    const { record } = await context.signInAnonymously({ collection: "customers", data: { cart: ["a"] } });
    record.cart.push("b");
    const present = await context.auth();
    assert.equal(present?.record.id, record.id);
    // @ts-expect-error: unknown collection
    await refused(context.signInAnonymously({ collection: "users", fresh: true }), "unknown_collection");
  });
});
