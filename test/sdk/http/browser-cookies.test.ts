/** The cookie belongs to the browser: what one of its requests brought never takes away what another one set. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RequestContext } from "../../../sdk/contract/requests.ts";
import memory from "../../../storage-drivers/memory.ts";
import { Browser, Jar } from "../../support/browser.ts";
import { DAY, HOUR, intercepting, MINUTE, PASSWORD, refused, setUp } from "../../support/sdk.ts";

const ADA = { email: "ada@example.com", password: PASSWORD };
const IDENTITY = { provider: "oidc", subject: "ada" };
const URL_ = "https://shop.example/";

const who = async (context: RequestContext): Promise<string | undefined> => (await context.auth())?.record.id;

describe("a browser with a dead cookie", () => {
  const deaths = {
    collected: ({ anon }: ReturnType<typeof setUp>, _token: string, id: string) => anon.admin.delete(id),
    "signed out": ({ anon }: ReturnType<typeof setUp>, token: string) => anon.signOut(token),
    expired: async ({ clock }: ReturnType<typeof setUp>) => {
      clock.now += 31 * DAY;
    },
  };
  for (const [name, die] of Object.entries(deaths)) {
    it(`keeps the cookie of a new guest when an earlier request is answered after it (${name})`, async () => {
      const world = setUp(memory());
      const browser = new Browser(world.anon);
      const { answer } = await browser.visit((context) => context.signInAnonymously());
      await die(world, answer.token, answer.record.id);
      const me = browser.send(who);
      const cart = browser.send((context) => context.signInAnonymously());
      const guest = await cart.receive();
      assert.equal(await me.receive(), undefined);
      assert.equal((await browser.visit(who)).answer, guest.record.id);
    });
  }

  it("keeps its cookie beside an Authorization header, whether that is good or not", async () => {
    const { anon } = setUp(memory());
    const browser = new Browser(anon);
    browser.jar.set("__Host-anon", "garbage");
    const { token } = await anon.signInAnonymously();
    for (const authorization of [token, "garbage"]) {
      const { response } = await browser.visit(who, { authorization });
      assert.deepEqual(response.headers.getSetCookie(), []);
    }
  });

  it("keeps its cookie when another account is signed out by a header", async () => {
    const world = setUp(memory());
    const browser = new Browser(world.anon);
    const { token } = await world.anon.signInAnonymously();
    browser.jar.set("__Host-anon", "garbage");
    const signsOut = browser.send((context) => context.signOut(), { authorization: token });
    const { answer } = await browser.visit((context) => context.signInAnonymously());
    await signsOut.receive();
    assert.equal((await browser.visit(who)).answer, answer.record.id);
    assert.equal(await world.anon.authenticate(token), null);
  });

  it("is nobody's when its session ended while its activity was written", async () => {
    const driver = memory();
    const { anon, clock } = setUp(
      intercepting(driver, {
        swap: (...args) => {
          // the guest's second write is the one of its activity
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

  it("gets no cookie of a session that ended before its response, and loses none", async () => {
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
    it(`is registered after ${name}, in every order of the responses`, async () => {
      for (const first of ["slow", "registration"]) {
        const { anon } = setUp(memory());
        const browser = new Browser(anon);
        const { answer: guest } = await browser.visit((context) => context.signInAnonymously());
        const held = Promise.withResolvers<void>();
        const looks = browser.send(async (context) => {
          await held.promise;
          return who(context);
        });
        const signsIn = browser.send(async (context) => {
          await held.promise;
          // a merge lets other tabs in with the old token once; the rest are asked to send the request again
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
          assert.equal(await anon.authenticate(guest.token), null, "the old token gains nothing");
        }
      }
    });
  }

  it("is refused a new guest for a minute only, and never after it signed out", async () => {
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
    assert.equal((await other.visit(who)).answer, fresh.record.id);
  });

  it("is refused no new guest because of later sign-ins to the account, or of a clock that is ahead", async () => {
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
        // the session that went on ends, so that the old token is worth nothing
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

describe("several cookies of the name", () => {
  it("find the good one behind signed-out and garbage ones, and none is taken away", async () => {
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
      assert.deepEqual(context.respond(new Response()).headers.getSetCookie(), [], "and the cookie stays");
    }
  });
});

describe("an account in quarantine", () => {
  it("is signed in to in the same browser after it was restored, although it was visited meanwhile", async () => {
    const { anon, clock } = setUp(memory(), { quarantine: "30d", sessionTtl: "90d" });
    const browser = new Browser(anon);
    const { answer } = await browser.visit((context) => context.signInAnonymously());
    clock.now += 40 * DAY;
    assert.equal((await anon.admin.gc({ olderThan: "30d" })).quarantined, 1);
    assert.equal((await browser.visit(who)).answer, undefined);
    await anon.admin.restore(answer.record.id);
    assert.equal((await browser.visit(who)).answer, answer.record.id);
  });
});

describe("a session longer than a browser keeps a cookie", () => {
  it("is renewed by half of the 400 days, so that a visit a day keeps it", async () => {
    const { anon, clock } = setUp(memory(), { sessionTtl: "1000d" });
    const browser = new Browser(anon, URL_, () => clock.now);
    const { answer } = await browser.visit((context) => context.signInAnonymously());
    for (let day = 0; day < 900; day++) {
      clock.now += DAY;
      assert.equal((await browser.visit(who)).answer, answer.record.id, `day ${day}`);
    }
  });
});

describe("a guest whose lifetime is longer than a browser keeps a cookie", () => {
  it("stays signed in until it is over, also when its session cannot be prolonged", async () => {
    const { anon, clock } = setUp(memory(), { sessionTtl: "1000d", anonymous: { lifetime: "800d" } });
    const browser = new Browser(anon, URL_, () => clock.now);
    const { answer } = await browser.visit((context) => context.signInAnonymously());
    let set = 0;
    for (let day = 1; day < 800; day++) {
      clock.now += DAY;
      const { answer: id, response } = await browser.visit(who);
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

  it("is kept by no shared cache, whatever the route says", async () => {
    const { anon, clock } = setUp(memory());
    const jar = new Jar();
    const visit = async (action: (context: RequestContext) => Promise<unknown>, headers: HeadersInit) => {
      const request = new Request(URL_, { headers: jar.header() });
      const response = await anon.run(request, async (context) => {
        await action(context);
        return new Response("page", { headers });
      });
      jar.take(response);
      return response.headers;
    };
    const signedIn = await visit((context) => context.signInAnonymously(), shared);
    const assertPrivate = (headers: Headers): void => {
      assert.equal(headers.getSetCookie().length, 1);
      assert.equal(headers.get("Cache-Control"), "private, max-age=60, stale-while-revalidate=5");
      for (const name of Object.keys(shared).slice(1)) assert.equal(headers.get(name), null, name);
    };
    assertPrivate(signedIn);
    clock.now += 16 * DAY;
    assertPrivate(await visit((context) => context.auth(), shared));
    clock.now += 16 * DAY;
    const stored = await visit((context) => context.auth(), { "Cache-Control": "no-store, s-maxage=1" });
    assert.equal(stored.get("Cache-Control"), "no-store");
    clock.now += 16 * DAY;
    const understood = await visit((context) => context.auth(), {
      "Cache-Control": "no-store, must-understand, max-age=60",
    });
    assert.equal(understood.get("Cache-Control"), "no-store, max-age=60");
    const without = await visit((context) => context.auth(), shared);
    assert.equal(
      without.get("Cache-Control"),
      shared["Cache-Control"],
      "a response without a cookie is the application's",
    );
  });
});

describe("a proxy that says nothing of TLS", () => {
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

  it("is signed in with that cookie by every other request, which renews it as it is", async () => {
    const { anon, clock } = setUp(memory());
    const { token, record } = await anon.signInAnonymously();
    clock.now += 16 * DAY;
    // the last one is of a developer who has the cookie of https on this machine
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
