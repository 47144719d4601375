/** Requests with a header and a cookie, or with several cookies: each cookie stays with its own account. */
import assert from "node:assert/strict";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import type { Anon } from "../../../sdk/contract/anon.ts";
import memory from "../../../storage-drivers/memory.ts";
import { type Reply, sender } from "../../support/api.ts";
import { Browser } from "../../support/browser.ts";
import { COLLECTIONS, DAY, PASSWORD, setUp } from "../../support/sdk.ts";

const ADA = { email: "ada@example.com", password: PASSWORD, passwordConfirm: PASSWORD };
const URL_OF_SHOP = "https://shop.example/";

/** The value of the cookie that a response sets, "" if it removes the cookie, `null` if it leaves it. */
function cookieOf(headers: Headers): string | null {
  const [first] = headers.getSetCookie();
  return first === undefined ? null : (/^__Host-anon=([^;]*)/.exec(first)?.[1] ?? null);
}

/** Both credentials, as sent by a page whose client also stores the token. */
function both(token: string, cookie: string): { token: string; headers: Record<string, string> } {
  return { token, headers: { cookie: `__Host-anon=${cookie}` } };
}

describe("a request with a header and a cookie", () => {
  it("updates the cookie of the same account on conversion, renewal, sign-out and deletion", async () => {
    for (const cookies of [true, false]) {
      const { anon, clock } = setUp(memory(), { api: { cookies } });
      const send = sender(anon);
      const { token, record } = await anon.signInAnonymously();
      const converted: Reply = await send("POST", "users/convert", { ...both(token, token), body: ADA });
      assert.equal(cookieOf(converted.headers), converted.body.token);
      const now = converted.body.token;
      clock.now += 60_000;
      const refreshed = await send("POST", "users/auth-refresh", both(now, now));
      assert.equal(cookieOf(refreshed.headers), refreshed.body.token);
      const deleted = await send("DELETE", `users/records/${record.id}`, both(now, refreshed.body.token));
      assert.equal(cookieOf(deleted.headers), "");
    }
    const { anon } = setUp(memory());
    const { token } = await anon.signInAnonymously();
    const context = await anon.context(
      new Request(URL_OF_SHOP, { headers: { authorization: token, ...both(token, token).headers } }),
    );
    await context.signOut();
    assert.equal(cookieOf(context.respond(new Response()).headers), "");
  });

  it("leaves the cookie of another account, and sets none for a client without a cookie", async () => {
    const { anon } = setUp(memory());
    const send = sender(anon);
    const [one, other] = [await anon.signInAnonymously(), await anon.signInAnonymously()];
    const converted = await send("POST", "users/convert", { ...both(one.token, other.token), body: ADA });
    assert.equal(cookieOf(converted.headers), null);
    const { token } = converted.body;
    assert.equal(cookieOf((await send("POST", "users/auth-refresh", both(token, other.token))).headers), null);
    assert.equal(cookieOf((await send("POST", "users/auth-refresh", { token })).headers), null);
    const gone = await send("DELETE", `users/records/${one.record.id}`, both(token, other.token));
    assert.deepEqual([gone.status, cookieOf(gone.headers)], [204, null]);
    assert.equal((await anon.authenticate(other.token))?.record.id, other.record.id);
  });

  it("uses the live session of the two, and keeps the cookie if neither is live", async () => {
    const { anon, clock } = setUp(memory());
    const send = sender(anon);
    const [ended, living] = [await anon.signInAnonymously(), await anon.signInAnonymously()];
    await anon.signOut(ended.token);
    const mixed = both(ended.token, living.token);
    const request = new Request(URL_OF_SHOP, { headers: { authorization: mixed.token, ...mixed.headers } });
    assert.equal((await anon.authenticate(request))?.record.id, living.record.id);
    const shown = await send("GET", `users/records/${living.record.id}`, mixed);
    assert.deepEqual([shown.status, cookieOf(shown.headers)], [200, null]);
    const dead = await send("POST", "users/auth-refresh", both(ended.token, ended.token));
    assert.deepEqual([dead.status, cookieOf(dead.headers)], [401, null]);
    const foreign = await send("GET", `users/records/${living.record.id}`, both(living.token, "none-of-ours"));
    assert.deepEqual([foreign.status, cookieOf(foreign.headers)], [200, null]);
    // the header renews the session: the cookie must get the new token too
    clock.now += 16 * DAY;
    const renewed = await send("GET", `users/records/${living.record.id}`, both(living.token, living.token));
    assert.ok(cookieOf(renewed.headers)?.startsWith("ey"));
  });
});

describe("several cookies", () => {
  it("are searched for a live session", async () => {
    const { anon } = setUp(memory());
    const [ended, living] = [await anon.signInAnonymously(), await anon.signInAnonymously()];
    await anon.signOut(ended.token);
    const cookie = `__Host-anon=${ended.token}; anon=${living.token}`;
    const context = await anon.context(new Request("https://localhost/", { headers: { cookie } }));
    assert.equal((await context.auth())?.record.id, living.record.id);
    assert.deepEqual(context.respond(new Response()).headers.getSetCookie(), []);
  });

  it("keep a visitor signed in between http and https on localhost", async () => {
    const { anon } = setUp(memory());
    const visitor = new Browser(anon, "http://localhost:3000/");
    const { answer } = await visitor.visit(({ signInAnonymously }) => signInAnonymously());
    const secure = new Browser(anon, "https://localhost:3000/");
    for (const [name, value] of visitor.cookies) secure.cookies.set(name, value);
    await secure.visit(({ convert }) => convert({ email: "ada@example.com", password: PASSWORD }));
    for (const [name, value] of secure.cookies) if (name === "anon") visitor.cookies.set(name, value);
    const again = await visitor.visit(({ auth }) => auth());
    assert.deepEqual([again.answer?.record.id, again.answer?.record.anonymous], [answer.record.id, false]);
  });
});

describe("one request", () => {
  /** Signs a visitor in twice, in nested and independent calls of `run`. */
  async function twice(anon: Anon, request: Request): Promise<[string, string, Response]> {
    const ids: string[] = [];
    const response = await anon.run(request, async ({ signInAnonymously }) => {
      ids.push((await signInAnonymously()).record.id);
      return await anon.run(request, async (inner) => {
        ids.push((await inner.signInAnonymously()).record.id);
        return new Response();
      });
    });
    return [ids[0] as string, ids[1] as string, response];
  }

  it("signs in one visitor and sets one cookie, for an adapter and the application together", async () => {
    const { anon } = setUp(memory());
    const [first, second, response] = await twice(anon, new Request(URL_OF_SHOP));
    assert.equal(first, second);
    assert.equal(response.headers.getSetCookie().length, 1);
    const [other] = await twice(anon, new Request(URL_OF_SHOP));
    assert.notEqual(other, first);
  });

  it("varies by cookie even if the storage fails and the application still responds", async () => {
    const driver = memory();
    const { anon } = setUp({ ...driver, read: () => Promise.reject(new Error("gone")) });
    const token = (await setUp(driver).anon.signInAnonymously()).token;
    const request = new Request(URL_OF_SHOP, { headers: { cookie: `__Host-anon=${token}` } });
    const response = await anon.run(request, async ({ auth }) => new Response(await auth().catch(({ code }) => code)));
    assert.equal(await response.text(), "storage_unavailable");
    assert.deepEqual([response.headers.get("vary"), response.headers.get("cache-control")], ["Cookie", "private"]);
    assert.deepEqual(response.headers.getSetCookie(), []);
  });
});

describe("a lookup of the account that the application does without", () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  before(() => process.on("unhandledRejection", note));
  after(() => process.off("unhandledRejection", note));

  it("does not end the process when the storage fails", async () => {
    const driver = memory();
    const guests = setUp(driver).anon;
    const first = await guests.signInAnonymously();
    const second = await guests.signInAnonymously();
    const { anon } = setUp({ ...driver, read: () => Promise.reject(new Error("gone")) });
    const cookie = `__Host-anon=${first.token}`;
    for (const headers of [new Headers({ cookie }), new Headers({ cookie, authorization: second.token })]) {
      const response = await anon.run(new Request(URL_OF_SHOP, { headers }), ({ auth }) => {
        void auth();
        return new Response("without it");
      });
      assert.equal(await response.text(), "without it");
    }
    // rejections are reported after all microtasks
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(unhandled, []);
  });
});

describe("a signed-in visitor", () => {
  it("keeps the cookie when a request with a header creates a guest beside it", async () => {
    const { anon } = setUp(memory(), { ...COLLECTIONS, api: { cookies: true } });
    const guest = await anon.signInAnonymously();
    const made = await anon.signInAnonymously({ collection: "customers" });
    const { token } = await anon.convert(made.token, { email: "ada@example.com", password: PASSWORD });
    const mixed = both(guest.token, token);
    const signedIn = await sender(anon)("POST", "customers/auth-anonymously", mixed);
    assert.deepEqual([signedIn.status, cookieOf(signedIn.headers)], [200, null]);
    const request = new Request(URL_OF_SHOP, { headers: { authorization: mixed.token, ...mixed.headers } });
    const response = await anon.run(request, async ({ signInAnonymously }) => {
      const { record } = await signInAnonymously({ collection: "customers", fresh: true });
      return new Response(record.id);
    });
    assert.equal(cookieOf(response.headers), null);
  });

  it("is found after any number of foreign cookies of the same name", async () => {
    const { anon } = setUp(memory());
    const { token, record } = await anon.signInAnonymously();
    const cookie = `${Array.from({ length: 9 }, (_, i) => `__Host-anon=garbage${i}; `).join("")}__Host-anon=${token}`;
    const context = await anon.context(new Request(URL_OF_SHOP, { headers: { cookie } }));
    assert.equal((await context.auth())?.record.id, record.id);
    assert.equal(cookieOf(context.respond(new Response()).headers), null);
  });

  it("is not signed out by a concurrent lookup of the previous session", async () => {
    const driver = memory();
    const ended = await setUp(driver).anon.signInAnonymously();
    const slow: typeof driver = {
      ...driver,
      async read(key) {
        if (key.endsWith(ended.record.id)) await new Promise((resume) => setTimeout(resume, 30));
        return driver.read(key);
      },
    };
    const { anon } = setUp(slow);
    await anon.signOut(ended.token);
    const { token, record } = await anon.signInAnonymously();
    const visitor = new Browser(anon);
    visitor.cookies.set("__Host-anon", ended.token);
    await visitor.visit(({ auth, signInWithToken }) => Promise.all([auth(), signInWithToken(token)]));
    assert.equal((await visitor.visit(({ auth }) => auth())).answer?.record.id, record.id);
  });

  it("gets the cookie that the API sets inside a handler", async () => {
    const { anon } = setUp(memory(), { api: { cookies: true } });
    const ended = await anon.signInAnonymously();
    await anon.signOut(ended.token);
    const request = new Request(`${URL_OF_SHOP}api/collections/users/auth-anonymously`, {
      method: "POST",
      headers: { "sec-fetch-site": "same-origin", ...both("", ended.token).headers },
    });
    const response = await anon.run(request, async ({ auth }) => {
      assert.equal(await auth(), null);
      return await anon.handler(request);
    });
    const { token } = (await response.json()) as { token: string };
    assert.equal(response.headers.getSetCookie().length, 1);
    assert.equal(cookieOf(response.headers), token);
  });

  it("can be looked up in beforeCreate without a deadlock", { timeout: 20_000 }, async () => {
    const outcomes: string[] = [];
    const { anon: host } = setUp(memory());
    const { token } = await host.signInAnonymously();
    const { anon } = setUp(memory(), {
      hooks: {
        async beforeCreate({ request }) {
          if (request)
            outcomes.push(
              await anon.signInWithToken(token).then(
                () => "valid",
                ({ code }) => code,
              ),
            );
          return undefined;
        },
      },
    });
    await new Browser(anon).visit(({ signInAnonymously }) => signInAnonymously());
    assert.deepEqual(outcomes, ["invalid_token"]);
  });
});
