/** Visitors of requests without a `Request` and a `Response`: cookie stores of frameworks, and calls on the instance. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import type { CookieAttributes, CookieStore, VisitorSource } from "../../../sdk/contract/visitor.ts";
import { AnonError } from "../../../sdk/errors.ts";
import memory from "../../../storage-drivers/memory.ts";
import { collect, DAY, MINUTE, OTHER_SECRET, PASSWORD, refused, SECRET, setUp } from "../../support/sdk.ts";

const REGISTERED = { email: "ada@example.com", password: PASSWORD };

/** A cookie store as frameworks have it: what was set is read by later calls. */
class Jar {
  readonly cookies = new Map<string, string>();
  readonly changes: [name: string, value: string, attributes: CookieAttributes][] = [];

  source(more: Partial<VisitorSource> = {}): VisitorSource {
    return {
      headers: new Headers({ host: "shop.example", "x-forwarded-proto": "https" }),
      address: "192.0.2.7",
      cookies: {
        get: (name) => this.cookies.get(name),
        set: (name, value, attributes) => {
          this.changes.push([name, value, attributes]);
          if (attributes.maxAge === 0) this.cookies.delete(name);
          else this.cookies.set(name, value);
        },
      },
      ...more,
    };
  }

  /** The source of a place that can set no cookie. */
  readOnly(): VisitorSource {
    return this.source({ cookies: { get: (name) => this.cookies.get(name) } });
  }
}

describe("a visitor of a cookie store", () => {
  it("keeps its account from request to request, and gets the cookie at once with its attributes", async () => {
    const { anon } = setUp(memory());
    const jar = new Jar();
    const first = anon.visitor(jar.source());
    assert.equal(await first.auth(), null);
    const { record, token } = await first.signInAnonymously();
    const attributes = { path: "/", httpOnly: true, secure: true, sameSite: "lax", maxAge: 30 * 86_400 - 1 };
    assert.deepEqual(jar.changes, [["__Host-anon", token, attributes]]);
    assert.equal((await first.auth())?.record.id, record.id);
    const next = anon.visitor(jar.source());
    assert.equal((await next.auth())?.record.id, record.id);
    const converted = await next.convert(REGISTERED);
    assert.equal(converted.record.id, record.id);
    assert.equal(jar.cookies.get("__Host-anon"), converted.token);
    await anon.visitor(jar.source()).signOut();
    assert.equal(jar.cookies.size, 0);
    assert.equal(await anon.visitor(jar.source()).auth(), null);
  });

  it("may sign out and in again in one request", async () => {
    const { anon } = setUp(memory());
    const jar = new Jar();
    const visitor = anon.visitor(jar.source());
    const first = await visitor.signInAnonymously();
    await visitor.signOut();
    assert.equal(jar.cookies.size, 0);
    const second = await visitor.signInAnonymously();
    assert.notEqual(second.record.id, first.record.id);
    assert.equal(jar.cookies.get("__Host-anon"), second.token);
  });

  it("reads all cookies of a name, and none that is empty", async () => {
    const { anon } = setUp(memory());
    const { token, record } = await anon.signInAnonymously();
    for (const value of [token, ["", "x", token], [token, "x"]]) {
      const visitor = anon.visitor(new Jar().source({ cookies: { get: () => value } }));
      assert.equal((await visitor.auth())?.record.id, record.id);
    }
    for (const value of [null, undefined, "", []]) {
      assert.equal(await anon.visitor(new Jar().source({ cookies: { get: () => value } })).auth(), null);
    }
  });

  it("reads the cookies when a call needs them, and not before", async () => {
    const { anon } = setUp(memory());
    const read: string[] = [];
    const get = (name: string): undefined => void read.push(name);
    const visitor = anon.visitor(new Jar().source({ cookies: { get } }));
    const headers = new Headers();
    visitor.applyTo(headers);
    assert.deepEqual([read, [...headers]], [[], []]);
    assert.equal(await visitor.auth(), null);
    assert.deepEqual(new Set(read), new Set(["__Host-anon"]));
  });

  it("renews the cookie of a session in its second half", async () => {
    const { anon, clock } = setUp(memory());
    const jar = new Jar();
    const { token, record } = await anon.visitor(jar.source()).signInAnonymously();
    clock.now += 20 * DAY;
    assert.equal((await anon.visitor(jar.source()).auth())?.record.id, record.id);
    assert.notEqual(jar.cookies.get("__Host-anon"), token);
    clock.now += 20 * DAY;
    assert.equal((await anon.visitor(jar.source()).auth())?.record.id, record.id);
  });

  it("may be asked who is signed in while it sets a renewed cookie", async () => {
    const storage = memory();
    const jar = new Jar();
    const { record } = await setUp(storage, { secret: OTHER_SECRET }).anon.visitor(jar.source()).signInAnonymously();
    const { anon } = setUp(storage, { secret: [SECRET, OTHER_SECRET] });
    const asked: Promise<unknown>[] = [];
    const { cookies, ...source } = jar.source();
    const set: CookieStore["set"] = (...cookie) => {
      asked.push(visitor.auth());
      cookies?.set?.(...cookie);
    };
    const visitor = anon.visitor({ ...source, cookies: { get: (name) => jar.cookies.get(name), set } });
    assert.equal((await visitor.auth())?.record.id, record.id);
    // one of the sign-in, and one with the token of the new secret
    assert.equal(jar.changes.length, 2);
    assert.deepEqual(await Promise.all(asked), [await visitor.auth()]);
  });

  it("rejects when what it needs fails, and asks again the next time", async () => {
    const storage = memory();
    const jar = new Jar();
    await setUp(storage, { secret: OTHER_SECRET }).anon.visitor(jar.source()).signInAnonymously();
    const old = new Map(jar.cookies);
    const { now: time } = setUp(storage).clock;
    let left = Number.POSITIVE_INFINITY;
    const now = () => {
      if (left-- <= 0) throw new Error("no time");
      return time;
    };
    const { anon } = setUp(storage, { secret: [SECRET, OTHER_SECRET], now });
    for (let works = 0, failed = true; failed; works++) {
      for (const [name, value] of old) jar.cookies.set(name, value);
      const visitor = anon.visitor(jar.source());
      left = works;
      const call = visitor.auth();
      failed = await call.then(
        () => false,
        () => true,
      );
      left = Number.POSITIVE_INFINITY;
      assert.equal((await visitor.auth())?.record.anonymous, true, `the call ${works + 1} of now failed`);
    }
  });

  it("has the plain cookie on this machine, by the host in the headers or in the URL", async () => {
    const { anon } = setUp(memory());
    const local: Partial<VisitorSource>[] = [
      { headers: new Headers({ host: "localhost:3000" }) },
      { url: "http://localhost:3000/cart", headers: new Headers() },
    ];
    for (const source of local) {
      const jar = new Jar();
      await anon.visitor(jar.source(source)).signInAnonymously();
      assert.deepEqual(
        jar.changes.map(([name, , { secure }]) => [name, secure]),
        [["anon", false]],
      );
    }
    const jar = new Jar();
    await anon.visitor(jar.source({ headers: new Headers() })).signInAnonymously();
    assert.deepEqual([...jar.cookies.keys()], ["__Host-anon"]);
  });

  it("counts towards the limits of its address", async () => {
    const { anon } = setUp(memory(), { limits: { signUpsPerAddress: { max: 1, per: "1h" } } });
    await anon.visitor(new Jar().source()).signInAnonymously();
    await refused(anon.visitor(new Jar().source()).signInAnonymously(), "rate_limited");
    await anon.visitor(new Jar().source({ address: "192.0.2.8" })).signInAnonymously();
  });

  it("has the address that a trusted proxy sends, also from headers that know only lower case", async () => {
    const { anon } = setUp(memory(), {
      trustedProxy: { header: "X-Forwarded-For" },
      limits: { signUpsPerAddress: { max: 1, per: "1h" } },
    });
    const from = (address: string): VisitorSource => {
      const fields: Record<string, string> = { host: "shop.example", "x-forwarded-for": address };
      return new Jar().source({ headers: { get: (name) => fields[name] } });
    };
    await anon.visitor(from("198.51.100.1")).signInAnonymously();
    await refused(anon.visitor(from("198.51.100.1")).signInAnonymously(), "rate_limited");
    await anon.visitor(from("198.51.100.2")).signInAnonymously();
  });

  it("adds the headers for caches to a response, and no cookie", async () => {
    const { anon } = setUp(memory());
    const jar = new Jar();
    const shared = (): Headers =>
      new Headers({ "Cache-Control": "public, max-age=60", "CDN-Cache-Control": "max-age=60" });
    const unread = shared();
    anon.visitor(jar.source()).applyTo(unread);
    assert.equal(unread.get("vary"), null);
    const visitor = anon.visitor(jar.source());
    await visitor.signInAnonymously();
    const headers = shared();
    visitor.applyTo(headers);
    assert.deepEqual(
      [...headers],
      [
        ["cache-control", "private, max-age=60"],
        ["vary", "Cookie"],
      ],
    );
    // the head of the response was not sent by that
    await visitor.signOut();
    assert.equal(jar.cookies.size, 0);
  });

  it("passes a request to hooks only if the source makes one", async () => {
    const seen: (Request | undefined)[] = [];
    const { anon } = setUp(memory(), { hooks: { beforeCreate: ({ request }) => void seen.push(request) } });
    let made = 0;
    const request = new Request("https://shop.example/");
    const source = {
      ...new Jar().source(),
      get request() {
        made++;
        return request;
      },
    };
    const visitor = anon.visitor(source);
    await visitor.auth();
    assert.equal(made, 0);
    await visitor.signInAnonymously();
    await anon.visitor(new Jar().source()).signInAnonymously();
    assert.deepEqual(seen, [request, undefined]);
  });

  it("refuses a call, before it begins, with what the source throws", async () => {
    const { anon } = setUp(memory());
    const called: string[] = [];
    const errors: Error[] = [];
    const onCall = (name: string): void => {
      called.push(name);
      if (name !== "can") throw new AnonError("outside_request", "Cannot sign in here");
    };
    const visitor = anon.visitor({ ...new Jar().source(), onCall, onError: (error) => void errors.push(error) });
    assert.equal(await visitor.can("cart:write"), false);
    const error = await refused(visitor.signInAnonymously(), "outside_request");
    assert.deepEqual([called, errors], [["can", "signInAnonymously"], [error]]);
    assert.deepEqual(await Array.fromAsync(anon.admin.list()), []);
  });
});

describe("a visitor where no cookie can be set", () => {
  it("is recognized, and a renewal waits for the next place that can set it", async () => {
    const { anon, clock } = setUp(memory());
    const jar = new Jar();
    const { token, record } = await anon.visitor(jar.source()).signInAnonymously();
    clock.now += 20 * DAY;
    const visitor = anon.visitor(jar.readOnly());
    assert.equal((await visitor.auth())?.record.id, record.id);
    assert.equal(jar.cookies.get("__Host-anon"), token);
    clock.now += MINUTE;
    await anon.visitor(jar.source()).auth();
    assert.notEqual(jar.cookies.get("__Host-anon"), token);
    // the session did not end with the first token
    clock.now += 25 * DAY;
    assert.equal((await anon.visitor(jar.source()).auth())?.record.id, record.id);
  });

  it("is refused a change of the session, before anything changes", async () => {
    const { anon } = setUp(memory());
    const jar = new Jar();
    const stranger = anon.visitor(jar.readOnly());
    await refused(stranger.signInAnonymously(), "cookies_read_only");
    await refused(stranger.signInWithPassword(REGISTERED.email, PASSWORD), "cookies_read_only");
    assert.deepEqual(await collect(anon.admin.list()), []);
    const { record } = await anon.visitor(jar.source()).signInAnonymously();
    const guest = anon.visitor(jar.readOnly());
    for (const change of [
      () => guest.signInAnonymously(),
      () => guest.convert(REGISTERED),
      () => guest.refresh(),
      () => guest.signOut(),
      () => guest.deleteAccount(),
    ]) {
      await refused(change(), "cookies_read_only");
    }
    assert.deepEqual((await guest.auth())?.record, record);
    assert.equal((await guest.listSessions()).length, 1);
  });

  it("may change the session of a token in the header, which needs no cookie", async () => {
    const { anon } = setUp(memory());
    const { token, record } = await anon.signInAnonymously();
    const headers = new Headers({ host: "shop.example", authorization: `Bearer ${token}` });
    const visitor = anon.visitor({ ...new Jar().readOnly(), headers });
    assert.equal((await visitor.convert(REGISTERED)).record.id, record.id);
  });

  it("is noticed when the response was made during the call", async () => {
    const { anon } = setUp(memory());
    const jar = new Jar();
    const { cookies } = jar.source();
    const store = { ...cookies } as NonNullable<VisitorSource["cookies"]> & { set?: unknown };
    const call = anon.visitor(jar.source({ cookies: store })).signInAnonymously();
    store.set = undefined;
    await refused(call, "cookies_read_only");
  });

  it("is refused a new session also with a token in the header that is not ours", async () => {
    const { anon } = setUp(memory());
    const headers = new Headers({ host: "shop.example", authorization: "Bearer of-another-service" });
    await refused(anon.visitor({ ...new Jar().readOnly(), headers }).signInAnonymously(), "cookies_read_only");
    assert.deepEqual(await collect(anon.admin.list()), []);
  });

  it("is noticed when the store itself refuses", async () => {
    const { anon, clock } = setUp(memory());
    const jar = new Jar();
    const { record } = await anon.visitor(jar.source()).signInAnonymously();
    const refusing = (): VisitorSource => {
      const set = (): never => {
        throw new Error("Cookies can only be modified in an action");
      };
      return jar.source({ cookies: { get: (name) => jar.cookies.get(name), set } });
    };
    const error = await refused(anon.visitor(refusing()).convert(REGISTERED), "cookies_read_only");
    assert.match(String(error.cause), /only be modified/);
    jar.cookies.set("__Host-anon", (await anon.signInWithPassword(REGISTERED.email, PASSWORD)).token);
    clock.now += 20 * DAY;
    // a renewal that cannot be stored in the browser does not hide the account
    assert.equal((await anon.visitor(refusing()).auth())?.record.id, record.id);
  });
});

describe("a visitor without a cookie store", () => {
  it("reads the header and adds the cookie to the headers of the response", async () => {
    const { anon } = setUp(memory());
    const visitor = anon.visitor({ headers: new Headers({ host: "shop.example" }), address: "192.0.2.7" });
    const { record } = await visitor.signInAnonymously();
    const headers = new Headers();
    visitor.applyTo(headers);
    const [cookie = ""] = headers.getSetCookie();
    assert.match(cookie, /^__Host-anon=[\w.-]+; .*Secure/);
    await refused(visitor.signOut(), "response_sent");
    const returned = anon.visitor({
      headers: new Headers({ host: "shop.example", cookie: cookie.split(";")[0] ?? "" }),
    });
    assert.equal((await returned.auth())?.record.id, record.id);
  });
});

describe("the calls of a request on the instance", () => {
  const request = (): Request => new Request("https://shop.example/");

  it("are those of the request that the caller runs in", async () => {
    const { anon } = setUp(memory());
    const response = await anon.run(request(), async () => {
      assert.equal(await anon.auth(), null);
      const { record } = await anon.visitor().signInAnonymously();
      assert.equal((await anon.auth())?.record.id, record.id);
      return new Response(record.id);
    });
    assert.equal(response.headers.getSetCookie().length, 1);
  });

  it("need a request, and one of this instance", async () => {
    const { anon } = setUp(memory());
    await refused(anon.auth(), "outside_request");
    assert.throws(() => anon.visitor(), { code: "outside_request" });
    const { anon: other } = setUp(memory());
    await other.run(request(), async () => {
      await refused(anon.auth(), "outside_request");
      await anon.run(request(), async () => {
        assert.equal(await anon.auth(), null);
        return new Response();
      });
      return new Response();
    });
  });

  it("are typed by the collections", async () => {
    const schema = z.object({ cart: z.array(z.string()).default([]) });
    const { anon } = setUp(memory(), { collections: { customers: { schema } } });
    await anon.run(request(), async () => {
      const { record } = await anon.visitor().signInAnonymously({ collection: "customers" });
      const cart: string[] = record.cart;
      assert.deepEqual(cart, []);
      // @ts-expect-error: an unknown collection
      await refused(anon.visitor().signInAnonymously({ collection: "users" }), "unknown_collection");
      return new Response();
    });
  });
});
