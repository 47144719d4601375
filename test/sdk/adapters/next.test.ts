import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { anonymous, type ProxyRequest, type ProxyResponse } from "../../../sdk/adapters/next.ts";
import type { Anon } from "../../../sdk/contract/anon.ts";
import { createAnon } from "../../../sdk/create-anon.ts";
import { AnonError } from "../../../sdk/errors.ts";
import memory from "../../../storage-drivers/memory.ts";
import { SECRET } from "../../support/sdk.ts";

// the tests in test/frameworks run it in Next.js
describe("the adapter for Next.js, outside of it", () => {
  const create = (): Anon => createAnon({ storage: memory(), secret: SECRET });

  it("makes the accounts once for each name, when they are first used", () => {
    let made = 0;
    const counted = (): Anon => {
      made++;
      return create();
    };
    const [page, route, other] = [anonymous(counted, "a"), anonymous(counted, "a"), anonymous(counted, "b")];
    assert.equal(made, 0);
    assert.equal(page.anon(), route.anon());
    assert.notEqual(page.anon(), other.anon());
    assert.equal(made, 2);
  });

  it("tries again after the accounts could not be made", () => {
    let secret: string | undefined;
    const { anon } = anonymous(() => createAnon({ storage: memory(), secret }), "later");
    assert.throws(anon, { code: "invalid_secret" });
    secret = SECRET;
    assert.ok(anon());
  });

  it("renews the cookie on the response of an application's own proxy, which no cache keeps", async () => {
    let now = Date.now();
    const { anon, proxy } = anonymous(() => createAnon({ storage: memory(), secret: SECRET, now: () => now }), "proxy");
    const { token } = await anon().signInAnonymously();
    const send = async (): Promise<[ProxyResponse, string[]]> => {
      const set: string[] = [];
      const request = Object.assign(new Request("https://shop.example/old"), {
        cookies: { getAll: (name: string) => (name === "__Host-anon" ? [{ value: token }] : []) },
      });
      const response = Object.assign(new Response(null, { status: 307, headers: { location: "/new" } }), {
        cookies: { set: (name: string, value: string) => set.push(`${name}=${value}`) },
      });
      assert.equal(await proxy(request satisfies ProxyRequest, response), response);
      return [response, set];
    };
    const [fresh, none] = await send();
    assert.deepEqual([none, fresh.headers.get("cache-control")], [[], null]);
    now += 20 * 86_400_000;
    const [renewed, [cookie = "", ...others]] = await send();
    assert.deepEqual(others, []);
    assert.match(cookie, /^__Host-anon=ey/);
    assert.notEqual(cookie, `__Host-anon=${token}`);
    assert.deepEqual([renewed.status, renewed.headers.get("cache-control")], [307, "private, no-store"]);
  });

  it("returns the problem with a form as plain data, and passes on all that is not the visitor's", async () => {
    const { formAction } = anonymous(create, "forms");
    const failing = (error: unknown) => formAction(() => Promise.reject(error))(null, new FormData());
    assert.equal(await formAction(() => undefined)(null, new FormData()), null);
    const limited = new AnonError("rate_limited", "Cannot go on", { retryAfter: 7 });
    const problem = await failing(limited);
    assert.deepEqual(problem, {
      code: "rate_limited",
      status: 429,
      message: problem?.message,
      data: {},
      retryAfter: 7,
    });
    assert.deepEqual(Object.keys((await failing(new AnonError("email_taken", "Cannot use it")))?.data ?? {}), [
      "email",
    ]);
    const redirect = new Error("NEXT_REDIRECT");
    await assert.rejects(failing(redirect), redirect);
    await assert.rejects(failing(new AnonError("cookies_read_only", "Cannot")), { code: "cookies_read_only" });
  });
});
