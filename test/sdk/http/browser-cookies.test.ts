/** A request with an outdated cookie never removes the cookie that another request of the same browser set. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RequestContext } from "../../../sdk/contract/requests.ts";
import memory from "../../../storage-drivers/memory.ts";
import { Browser, Jar } from "../../support/browser.ts";
import { DAY, HOUR, intercepting, MINUTE, PASSWORD, refused, setUp } from "../../support/sdk.ts";

const ADA = { email: "ada@example.com", password: PASSWORD };
const IDENTITY = { provider: "oidc", subject: "ada" };
const URL_ = "https://shop.example/";

const accountId = async (context: RequestContext): Promise<string | undefined> => (await context.auth())?.record.id;

describe("a browser with a dead cookie", () => {
  const endings = {
    deleted: ({ anon }: ReturnType<typeof setUp>, _token: string, id: string) => anon.admin.delete(id),
    "signed out": ({ anon }: ReturnType<typeof setUp>, token: string) => anon.signOut(token),
    expired: async ({ clock }: ReturnType<typeof setUp>) => {
      clock.now += 31 * DAY;
    },
  };
  for (const [name, end] of Object.entries(endings)) {
    it(`keeps the cookie of a new guest when the response of an earlier request arrives later (${name})`, async () => {
      const world = setUp(memory());
      const browser = new Browser(world.anon);
      const { answer } = await browser.visit((context) => context.signInAnonymously());
      await end(world, answer.token, answer.record.id);
      const earlier = browser.send(accountId);
      const cart = browser.send((context) => context.signInAnonymously());
      const guest = await cart.receive();
      assert.equal(await earlier.receive(), undefined);
      assert.equal((await browser.visit(accountId)).answer, guest.record.id);
    });
  }

  it("keeps its cookie beside a valid or invalid Authorization header", async () => {
    const { anon } = setUp(memory());
    const browser = new Browser(anon);
    browser.jar.set("__Host-anon", "garbage");
    const { token } = await anon.signInAnonymously();
    for (const authorization of [token, "garbage"]) {
      const { response } = await browser.visit(accountId, { authorization });
      assert.deepEqual(response.headers.getSetCookie(), []);
    }
  });

  it("keeps its cookie when a request with another account's header signs out", async () => {
    const world = setUp(memory());
    const browser = new Browser(world.anon);
    const { token } = await world.anon.signInAnonymously();
    browser.jar.set("__Host-anon", "garbage");
    const signsOut = browser.send((context) => context.signOut(), { authorization: token });
    const { answer } = await browser.visit((context) => context.signInAnonymously());
    await signsOut.receive();
    assert.equal((await browser.visit(accountId)).answer, answer.record.id);
    assert.equal(await world.anon.authenticate(token), null);
  });

  it("is not signed in when its session ends while its activity is written", async () => {
    const driver = memory();
    const { anon, clock } = setUp(
      intercepting(driver, {
        swap: (...args) => {
          // the guest's second write is that of its activity
          if (args[1] !== null) clock.now += DAY;
          return driver.swap(...args);
        },
      }),
      { sessionTtl: "2h", activityResolution: "30m" },
    );
    const { token } = await anon.signInAnonymously();
    clock.now += HOUR * 1.5;
    const old = new Browser(anon);
    old.jar.set("__Host-anon", token);
    assert.equal((await old.visit((context) => context.auth())).answer, null);
  });

  it("gets no cookie for a session that ends before the response, and keeps its cookies", async () => {
    const { anon, clock } = setUp(memory(), { sessionTtl: "1s" });
    const browser = new Browser(anon);
    const slow = browser.send(async (context) => {
      await context.signInAnonymously();
      clock.now += 2_000;
    });
    await slow.receive();
    assert.equal(browser.jar.size, 0);
    assert.deepEqual(slow.response?.headers.getSetCookie(), []);
  });
});

describe("a browser that registers beside a slow request", () => {
  const registers: Record<
    string,
    (context: RequestContext, anon: ReturnType<typeof setUp>["anon"]) => Promise<unknown>
  > = {
    convert: (context) => context.convert(ADA),
    convertWithIdentity: (context) => context.convertWithIdentity(IDENTITY),
    confirmConversion: async (context, anon) => {
      const { token = "" } = (await context.auth()) ?? {};
      const mail = await anon.requestConversion(token, { email: "ada@site.dev" });
      return context.confirmConversion(mail?.token ?? "");
    },
    merge: async (context, anon) => {
      const account = await anon.signInAnonymously();
      return context.merge((await anon.convert(account.token, ADA)).token);
    },
  };
  for (const [name, register] of Object.entries(registers)) {
    it(`is registered after ${name}, whichever response arrives first`, async () => {
      for (const first of ["slow", "registration"]) {
        const { anon } = setUp(memory());
        const browser = new Browser(anon);
        const { answer: guest } = await browser.visit((context) => context.signInAnonymously());
        const held = Promise.withResolvers<void>();
        const looks = browser.send(async (context) => {
          await held.promise;
          return accountId(context);
        });
        const signsIn = browser.send(async (context) => {
          await held.promise;
          // after a merge the old token still signs in once, for other tabs; further requests get an error that says to retry
          return await context.signInAnonymously().catch((error: { code: string }) => error.code);
        });
        const registration = browser.send((context) => register(context, anon));
        await registration.done;
        held.resolve();
        await Promise.all([looks.done, signsIn.done]);
        if (first === "registration") await registration.receive();
        await looks.receive();
        const answer = await signsIn.receive();
        if (first === "slow") await registration.receive();
        const { answer: present } = await browser.visit((context) => context.auth());
        assert.equal(present?.record.anonymous, false, `${name}, ${first} first`);
        if (name !== "merge") {
          assert.equal(present?.record.id, guest.record.id);
          assert.equal(answer, "session_replaced");
          assert.equal(await anon.authenticate(guest.token), null, "the old token is invalid");
        }
      }
    });
  }

  it("cannot create a new guest for one minute, and can at once after signing out", async () => {
    const { anon, clock } = setUp(memory());
    const old = new Browser(anon);
    const { answer } = await old.visit((context) => context.signInAnonymously());
    const { token } = await anon.convert(answer.token, ADA);
    await old.visit((context) => refused(context.signInAnonymously(), "session_replaced"));
    clock.now += MINUTE;
    const { answer: guest } = await old.visit((context) => context.signInAnonymously());
    assert.notEqual(guest.record.id, answer.record.id);
    const other = new Browser(anon);
    other.jar.set("__Host-anon", answer.token);
    await anon.signOut(token, { everywhere: true });
    const { answer: fresh } = await other.visit((context) => context.signInAnonymously());
    assert.equal((await other.visit(accountId)).answer, fresh.record.id);
  });

  it("can create a new guest after later sign-ins to the account, and despite a clock that is ahead", async () => {
    const { anon, clock } = setUp(memory());
    const signIn = (context: RequestContext) => context.signInAnonymously();
    for (const replaces of ["sign-in", "registration", "merge"]) {
      const old = new Browser(anon);
      const { answer } = await old.visit(signIn);
      const later = clock.now + HOUR;
      if (replaces !== "sign-in") clock.now = later;
      const input = { email: `${replaces}@example.com`, password: PASSWORD };
      if (replaces === "merge") {
        const { token } = await anon.convert((await anon.signInAnonymously()).token, input);
        await anon.merge({ anonymous: answer.token, account: token });
        // ends the session that survived the merge, so that the old token is invalid
        await anon.signOut(answer.token);
      } else await anon.convert(answer.token, input);
      clock.now = replaces === "sign-in" ? later : later - HOUR;
      if (replaces === "sign-in") await anon.signInWithPassword(input.email, PASSWORD);
      assert.notEqual((await old.visit(signIn)).answer.record.id, answer.record.id, replaces);
    }
  });

  it("stays registered when an OAuth callback is sent twice", async () => {
    for (const order of ["first", "last", "at once"]) {
      const { anon } = setUp(memory());
      const browser = new Browser(anon);
      const { answer: guest } = await browser.visit((context) => context.signInAnonymously());
      const began = Promise.withResolvers<void>();
      const callback = (context: RequestContext) =>
        context.convertWithIdentity(IDENTITY).catch((error: { code: string }) => error.code);
      const one = browser.send(callback);
      const two = browser.send((context) => began.promise.then(() => callback(context)));
      if (order !== "at once") await one.done;
      began.resolve();
      await Promise.all([one.done, two.done]);
      for (const sent of order === "first" ? [one, two] : [two, one]) await sent.receive();
      const { answer } = await browser.visit((context) => context.auth());
      assert.deepEqual([answer?.record.id, answer?.record.anonymous], [guest.record.id, false], order);
    }
  });
});

describe("several cookies of the same name", () => {
  it("are searched for a valid one after signed-out and malformed ones, and none is removed", async () => {
    for (const cookie of [{ domain: "shop.example" }, { path: "/app" }, { secure: false }]) {
      const { anon } = setUp(memory(), { cookie });
      const name = `${cookie.secure === false ? "" : "__Secure-"}anon`;
      const out: string[] = [];
      for (let count = 0; count < 7; count++) {
        const { token } = await anon.signInAnonymously();
        await anon.signOut(token);
        out.push(token);
      }
      const { token, record } = await anon.signInAnonymously();
      const garbage = Array.from({ length: 200 }, (_, at) => `a.b.${at}`);
      for (const before of [out.slice(0, 4), garbage, [...out, ...garbage], [...out, ...out]]) {
        const value = [...before, token].map((one) => `${name}=${one}`).join("; ");
        const context = await anon.context(new Request(`${URL_}app`, { headers: { cookie: value } }));
        assert.equal((await context.auth())?.record.id, record.id, JSON.stringify(cookie));
        assert.deepEqual(context.respond(new Response()).headers.getSetCookie(), []);
      }
      const more: string[] = [];
      for (let count = 0; count < 20; count++) {
        const guest = await anon.signInAnonymously();
        await anon.signOut(guest.token);
        more.push(guest.token);
      }
      const value = [...more, token].map((one) => `${name}=${one}`).join("; ");
      const context = await anon.context(new Request(`${URL_}app`, { headers: { cookie: value } }));
      assert.equal(await context.auth(), null, "the number of lookups is bounded");
      assert.deepEqual(context.respond(new Response()).headers.getSetCookie(), [], "the cookie stays");
    }
  });
});

describe("an account in quarantine", () => {
  it("is signed in again in its browser after it was restored, despite visits in the meantime", async () => {
    const { anon, clock } = setUp(memory(), { quarantine: "30d", sessionTtl: "90d" });
    const browser = new Browser(anon);
    const { answer } = await browser.visit((context) => context.signInAnonymously());
    clock.now += 40 * DAY;
    assert.equal((await anon.admin.gc({ olderThan: "30d" })).quarantined, 1);
    assert.equal((await browser.visit(accountId)).answer, undefined);
    await anon.admin.restore(answer.record.id);
    assert.equal((await browser.visit(accountId)).answer, answer.record.id);
  });
});

describe("a session longer than a browser keeps a cookie", () => {
  it("is renewed after half of the 400 days, so that daily visits keep it", async () => {
    const { anon, clock } = setUp(memory(), { sessionTtl: "1000d" });
    const browser = new Browser(anon, URL_, () => clock.now);
    const { answer } = await browser.visit((context) => context.signInAnonymously());
    for (let day = 0; day < 900; day++) {
      clock.now += DAY;
      assert.equal((await browser.visit(accountId)).answer, answer.record.id, `day ${day}`);
    }
  });
});

describe("a guest whose lifetime is longer than a browser keeps a cookie", () => {
  it("stays signed in until its lifetime ends, even when its session cannot be extended", async () => {
    const { anon, clock } = setUp(memory(), { sessionTtl: "1000d", anonymous: { lifetime: "800d" } });
    const browser = new Browser(anon, URL_, () => clock.now);
    const { answer } = await browser.visit((context) => context.signInAnonymously());
    let set = 0;
    for (let day = 1; day < 800; day++) {
      clock.now += DAY;
      const { answer: id, response } = await browser.visit(accountId);
      assert.equal(id, answer.record.id, `day ${day}`);
      set += response.headers.getSetCookie().length;
    }
    assert(set <= 4, `the cookie was set again ${set} times`);
  });
});

describe("a response with a cookie", () => {
  const shared = {
    "Cache-Control": 'public, max-age=60, s-maxage=600, private="x-a, x-b", stale-while-revalidate=5',
    "CDN-Cache-Control": "max-age=600",
    "Cloudflare-CDN-Cache-Control": "max-age=600",
    "Vercel-CDN-Cache-Control": "max-age=600",
    "Netlify-CDN-Cache-Control": "max-age=600",
    "Surrogate-Control": "max-age=600",
    "Edge-Control": "max-age=600",
    "X-Accel-Expires": "600",
    "X-LiteSpeed-Cache-Control": "public, max-age=600",
  };

  it("is never stored by shared caches, whatever the route's headers say", async () => {
    const { anon, clock } = setUp(memory());
    const jar = new Jar();
    const headersAfter = async (action: (context: RequestContext) => Promise<unknown>, headers: HeadersInit) => {
      const request = new Request(URL_, { headers: jar.header() });
      const response = await anon.run(request, async (context) => {
        await action(context);
        return new Response("page", { headers });
      });
      jar.take(response);
      return response.headers;
    };
    const signedIn = await headersAfter((context) => context.signInAnonymously(), shared);
    const assertPrivate = (headers: Headers): void => {
      assert.equal(headers.getSetCookie().length, 1);
      assert.equal(headers.get("Cache-Control"), "private, max-age=60, stale-while-revalidate=5");
      for (const name of Object.keys(shared).slice(1)) assert.equal(headers.get(name), null, name);
    };
    assertPrivate(signedIn);
    clock.now += 16 * DAY;
    assertPrivate(await headersAfter((context) => context.auth(), shared));
    clock.now += 16 * DAY;
    const stored = await headersAfter((context) => context.auth(), { "Cache-Control": "no-store, s-maxage=1" });
    assert.equal(stored.get("Cache-Control"), "no-store");
    clock.now += 16 * DAY;
    const mustUnderstand = await headersAfter((context) => context.auth(), {
      "Cache-Control": "no-store, must-understand, max-age=60",
    });
    assert.equal(mustUnderstand.get("Cache-Control"), "no-store, max-age=60");
    const without = await headersAfter((context) => context.auth(), shared);
    assert.equal(
      without.get("Cache-Control"),
      shared["Cache-Control"],
      "a response without a cookie keeps the application's header",
    );
  });
});

describe("a request from a proxy that does not report TLS", () => {
  const local = "http://127.0.0.1:3000/";

  it("gets the secure cookie when Origin names another host", async () => {
    const { anon } = setUp(memory());
    const signIn = async (headers: Record<string, string>): Promise<string> => {
      const context = await anon.context(new Request(local, { method: "POST", headers }));
      await context.signInAnonymously();
      return context.respond(new Response()).headers.getSetCookie().join(" | ");
    };
    assert.match(await signIn({ origin: "https://shop.example" }), /^__Host-anon=[^|]*Secure[^|]*$/);
    assert.match(await signIn({ origin: "null" }), /^__Host-anon=[^|]*Secure[^|]*$/);
    for (const origin of ["http://127.0.0.1:3000", "http://localhost:5173", "http://[::1]:80"])
      assert.match(await signIn({ origin }), /^anon=(?!.*Secure)/, origin);
    assert.match(await signIn({}), /^anon=(?!.*Secure)/);
  });

  it("is signed in with that cookie, which keeps its name and attributes when it is renewed", async () => {
    const { anon, clock } = setUp(memory());
    const { token, record } = await anon.signInAnonymously();
    clock.now += 16 * DAY;
    // the last origin is that of a developer whose browser has an https cookie of this machine
    for (const origin of [null, "https://shop.example", "http://127.0.0.1:3000"]) {
      const headers = new Headers({ cookie: `__Host-anon=${token}` });
      if (origin !== null) headers.set("origin", origin);
      const context = await anon.context(new Request(local, { headers }));
      assert.equal((await context.auth())?.record.id, record.id, String(origin));
      const cookies = context.respond(new Response()).headers.getSetCookie();
      assert.equal(cookies.length, 1);
      assert.match(cookies[0] ?? "", /^__Host-anon=.*Secure/);
    }
  });
});
