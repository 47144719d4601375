import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AnonClientError, type Session } from "../../../sdk/client/index.ts";
import { Jar } from "../../support/browser.ts";
import { type ClientServer, createTabStorage, fetchOfPage, startServer, until } from "../../support/client.ts";
import { collect, PASSWORD } from "../../support/sdk.ts";

const LONG = { timeout: 120_000 };

/** Checks that a call of a client fails with this code, and returns the error. */
async function fails(call: Promise<unknown>, code: string): Promise<AnonClientError> {
  const error = await call.then(
    () => assert.fail(`Not refused with ${code}`),
    (reason) => reason,
  );
  assert(error instanceof AnonClientError, `an AnonClientError, not ${error}`);
  assert.equal(error.code, code, error.message);
  return error;
}

for (const mode of ["token", "cookie"] as const) {
  describe(`the client in ${mode} mode`, LONG, () => {
    let server: ClientServer;
    before(async () => {
      server = await startServer({ api: { cookies: true } });
    });
    after(() => server.stop());

    /** Opens tabs of one browser. */
    function browser(): { jar: Jar; tab(): ReturnType<ClientServer["open"]> } {
      const [storage, jar] = [createTabStorage(), new Jar()];
      const settings = mode === "token" ? { storage } : { storage, mode, fetch: fetchOfPage(jar) };
      return { jar, tab: () => server.open(settings) };
    }

    it("signs in, changes, converts with the same id, signs out and in again", async () => {
      const client = browser().tab();
      const guest = await client.signInAnonymously({ cart: ["tea"] });
      assert.deepEqual([guest.anonymous, guest.cart], [true, ["tea"]]);
      assert.deepEqual(guest, await server.anon.admin.get(guest.id), "as the server's own calls return it");
      assert.deepEqual((await client.update({ cart: ["milk"] })).cart, ["milk"]);
      const email = `${guest.id}@example.com`;
      const user = await client.convert({
        email,
        password: PASSWORD,
        username: `u_${guest.id}`,
        data: { plan: "free" },
      });
      assert.deepEqual(
        [user.id, user.anonymous, user.email, user.username, user.plan, user.cart],
        [guest.id, false, email, `u_${guest.id}`, "free", ["milk"]],
      );
      assert.deepEqual(client.session.get(), { status: "signedIn", record: user });
      assert.deepEqual((await client.signInAnonymously()).id, guest.id, "who is signed in stays signed in");
      await client.signOut();
      assert.deepEqual(client.session.get(), { status: "signedOut", record: null });
      assert.equal((await client.signIn(email, PASSWORD)).id, guest.id);
      await client.signOut({ everywhere: true });
      assert.equal((await client.refresh()).status, "signedOut");
    });

    it("keeps the session in a page that is opened later", async () => {
      const { tab } = browser();
      const guest = await tab().signInAnonymously();
      const later = tab();
      assert.equal(later.session.get().status, "loading");
      assert.deepEqual((await later.refresh()).record, guest);
    });

    it("is a store for Svelte: calls listeners at once and after changes, and reports nothing twice", async () => {
      const client = browser().tab();
      const seen: Session[] = [];
      const end = client.session.subscribe((session) => seen.push(session));
      assert.deepEqual(seen, [{ status: "loading", record: null }]);
      await until(() => client.session.get().status === "signedOut");
      const guest = await client.signInAnonymously();
      const before = client.session.get();
      await client.refresh();
      assert.equal(client.session.get(), before, "the same object");
      end();
      await client.signOut();
      assert.deepEqual(
        seen.map(({ status, record }) => [status, record?.id]),
        [
          ["loading", undefined],
          ["signedOut", undefined],
          ["signedIn", guest.id],
        ],
      );
    });

    it("makes one guest of parallel first calls, in several tabs", async () => {
      const before = (await collect(server.anon.admin.list())).length;
      const { tab } = browser();
      const tabs = [tab(), tab(), tab()];
      const guests = await Promise.all(tabs.flatMap((one) => [one.signInAnonymously(), one.signInAnonymously()]));
      assert.equal(new Set(guests.map(({ id }) => id)).size, 1);
      assert.equal((await collect(server.anon.admin.list())).length, before + 1);
    });

    it("gets the same guest after a response was lost, also in another tab", async () => {
      const [storage, jar] = [createTabStorage(), new Jar()];
      const send = mode === "token" ? fetch : fetchOfPage(jar);
      let lost = "";
      const losing = server.open({
        mode,
        storage,
        fetch: async (target, init) => {
          // its cookie is lost with it
          const response = await fetch(target, init);
          if (!target.endsWith("auth-anonymously")) return response;
          lost = ((await response.json()) as { record: { id: string } }).record.id;
          throw new TypeError("the connection was reset");
        },
      });
      await fails(losing.signInAnonymously(), "network_error");
      const again = server.open({ mode, storage, fetch: (target, init) => send(target, init) });
      assert.equal((await again.signInAnonymously()).id, lost);
      await again.signOut();
      assert.notEqual((await again.signInAnonymously()).id, lost, "a later guest is another one");
    });

    it("gives the guest of a lost response to no one who uses the device later", async () => {
      const [storage, jar] = [createTabStorage(), new Jar()];
      const send = mode === "token" ? fetch : fetchOfPage(jar);
      let loses = true;
      let lost = "";
      const open = () =>
        server.open({
          mode,
          storage,
          fetch: async (target, init) => {
            if (!target.endsWith("auth-anonymously") || !loses) return send(target, init);
            lost = ((await (await fetch(target, init)).json()) as { record: { id: string } }).record.id;
            throw new TypeError("the connection was reset");
          },
        });
      const [first, second] = [open(), open()];
      const email = `${crypto.randomUUID()}@example.com`;
      await server.anon.register({ email, password: PASSWORD });
      await fails(first.signInAnonymously({ address: "1 Main Street" }), "network_error");
      loses = false;
      await second.signIn(email, PASSWORD);
      await second.signOut();
      assert.notEqual((await second.signInAnonymously()).id, lost);
      await second.signOut();
      assert.notEqual((await first.signInAnonymously()).id, lost, "in the tab that lost the response");
    });

    it("keeps the session without a network, and when something else than the server responds", async () => {
      const { jar } = browser();
      const send = mode === "token" ? fetch : fetchOfPage(jar);
      let between: (() => Response) | null = null;
      const client = server.open({
        mode,
        storage: createTabStorage(),
        fetch: async (target, init) => (between ? between() : send(target, init)),
      });
      const guest = await client.signInAnonymously();
      const others: [string, () => Response][] = [
        [
          "network_error",
          () => {
            throw new TypeError("Failed to fetch");
          },
        ],
        ["unexpected_response", () => new Response("<h1>Sign in to this network</h1>")],
        ["unexpected_response", () => new Response("Bad gateway", { status: 502 })],
        ["unexpected_response", () => new Response("Unauthorized", { status: 401 })],
        ["unexpected_response", () => Response.json({ error: "no" }, { status: 401 })],
        ["unexpected_response", () => Response.json({})],
      ];
      for (const [code, respond] of others) {
        between = respond;
        await fails(client.refresh(), code);
        assert.deepEqual(client.session.get().record, guest);
      }
      between = null;
      assert.deepEqual((await client.refresh()).record, guest);
    });

    it("ends the session when the server says so", async () => {
      const { tab } = browser();
      for (const call of ["refresh", "convert", "update"] as const) {
        const client = tab();
        const { id } = await client.signInAnonymously();
        await server.anon.admin.delete(id);
        if (call === "refresh") await client.refresh();
        else if (call === "update") await fails(client.update({ a: 1 }), "not_found");
        else await fails(client.convert({ email: `${id}@example.com`, password: PASSWORD }), "invalid_token");
        assert.deepEqual(client.session.get(), { status: "signedOut", record: null }, call);
        client.dispose();
      }
    });

    it("rejects with the code, status and fields of the server's error", async () => {
      const client = browser().tab();
      const { id } = await client.signInAnonymously();
      await server.anon.admin.convert(
        { id: (await server.anon.signInAnonymously()).record.id },
        {
          email: `taken-${id}@example.com`,
          password: PASSWORD,
        },
      );
      const taken = client.convert({ email: `taken-${id}@example.com`, password: PASSWORD });
      const { status, data, retryAfter } = await fails(taken, "email_taken");
      assert.deepEqual([status, data.email?.code, retryAfter], [400, "validation_not_unique", undefined]);
      await fails(client.signIn("no@example.com", PASSWORD), "invalid_credentials");
      assert.equal(client.session.get().record?.id, id, "a refusal changes nothing");
      await client.signOut();
      await fails(client.update({ a: 1 }), "not_signed_in");
    });
  });
}

describe("the client's token", LONG, () => {
  let server: ClientServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());

  it("is for the application's own requests, and null when signed out", async () => {
    const client = server.open();
    assert.equal(await client.getToken(), null);
    const { id } = await client.signInAnonymously();
    assert.equal(server.anon.verifyToken((await client.getToken()) ?? "")?.id, id);
    await client.signOut();
    assert.equal(await client.getToken(), null);
  });

  it("is shown at once when a page opens, and is asked for again when it is due", async () => {
    const storage = createTabStorage();
    const guest = await server.open({ storage }).signInAnonymously();
    const [[name = "", text = ""] = []] = [...storage.texts];
    assert.match(name, /^[\w.-]+$/, "a name that Expo's SecureStore accepts");
    const offline = server.open({ storage, fetch: () => Promise.reject(new TypeError("offline")) });
    offline.session.subscribe(() => undefined);
    await until(() => offline.session.get().status === "signedIn");
    assert.deepEqual(offline.session.get().record, guest);
    offline.dispose();

    const later = server.open({ storage });
    await later.refresh();
    server.requests.length = 0;
    await later.getToken();
    assert.deepEqual(server.requests, []);
    storage.texts.set(name, JSON.stringify({ ...JSON.parse(text), refreshAt: 0 }));
    await later.getToken();
    assert.deepEqual(server.requests, ["GET me"]);
  });

  it("is renewed in time without a call", async () => {
    const short = await startServer({ sessionTtl: "20s" });
    try {
      const storage = createTabStorage();
      const client = short.open({ storage });
      await client.signInAnonymously();
      const [first] = [...storage.texts.values()];
      await until(() => [...storage.texts.values()][0] !== first);
      const { token } = JSON.parse([...storage.texts.values()][0] ?? "");
      assert.notEqual(token, JSON.parse(first ?? "").token);
      assert.equal(client.session.get().status, "signedIn");
    } finally {
      await short.stop();
    }
  });

  it("is that of another tab, if that tab registered the guest during a request", async () => {
    const storage = createTabStorage();
    let registers = false;
    const client = server.open({
      storage,
      fetch: async (target, init) => {
        if (registers && init.method === "PATCH") {
          registers = false;
          const [[name = "", text = ""] = []] = [...storage.texts];
          const { token, record, refreshAt } = JSON.parse(text);
          const data = await server.anon.convert(token, { email: `${record.id}@example.com`, password: PASSWORD });
          storage.texts.set(name, JSON.stringify({ ...data, refreshAt }));
        }
        return fetch(target, init);
      },
    });
    const guest = await client.signInAnonymously();
    registers = true;
    const changed = await client.update({ plan: "free" });
    assert.deepEqual([changed.id, changed.anonymous, changed.plan], [guest.id, false, "free"]);
  });

  for (const call of ["refresh", "update"] as const) {
    it(`stays that of another tab, which began it during a call of ${call}`, async () => {
      const storage = createTabStorage();
      let other = "";
      // as in a browser without Web Locks, where tabs do not wait for each other
      const client = server.open({
        storage,
        fetch: async (target, init) => {
          const response = await fetch(target, init);
          if (other) for (const name of storage.texts.keys()) storage.texts.set(name, other);
          return response;
        },
      });
      await client.signInAnonymously();
      const { token, record } = await server.anon.signInAnonymously();
      other = JSON.stringify({ token, record, refreshAt: Date.now() + 60_000 });
      await client[call]({ plan: "free" });
      assert.deepEqual([...storage.texts.values()], [other]);
      assert.equal(await client.getToken(), token);
      assert.deepEqual(client.session.get().record, record);
    });
  }

  it("is kept in the page if the storage is full", async () => {
    const storage = createTabStorage();
    let isFull = true;
    const setItem = async (name: string, text: string): Promise<unknown> => {
      if (isFull) throw new Error("QuotaExceededError");
      return storage.setItem(name, text);
    };
    const client = server.open({ storage: { ...storage, setItem } });
    const guest = await client.signInAnonymously();
    assert.equal((await client.update({ plan: "free" })).id, guest.id);
    assert.equal((await client.signInAnonymously()).id, guest.id);
    assert.equal(server.anon.verifyToken((await client.getToken()) ?? "")?.id, guest.id);
    isFull = false;
    await client.refresh();
    assert.equal((await server.open({ storage }).refresh()).record?.id, guest.id, "stored as soon as there is room");
    isFull = true;
    await client.signOut();
    assert.equal(await client.getToken(), null);
  });

  it("is not lost with a damaged text in the storage", async () => {
    const storage = createTabStorage();
    await server.open({ storage }).signInAnonymously();
    const [name = ""] = [...storage.texts.keys()];
    storage.texts.set(name, "{");
    const client = server.open({ storage });
    assert.equal((await client.refresh()).status, "signedOut");
    assert.equal((await client.signInAnonymously()).anonymous, true);
  });
});

describe("the client's cookie", LONG, () => {
  it("is missed if the server does not set it", async () => {
    const server = await startServer();
    try {
      const client = server.open({ mode: "cookie", fetch: fetchOfPage() });
      const { message } = await fails(client.signInAnonymously(), "cookie_missing");
      assert.match(message, /api: \{ cookies: true \}/);
      assert.equal(client.session.get().status, "signedOut");
      assert.equal(await client.getToken(), null);
    } finally {
      await server.stop();
    }
  });

  it("is the new one in the second attempt of a request that another one overtook", async () => {
    const server = await startServer({ api: { cookies: true } });
    try {
      const jar = new Jar();
      const client = server.open({ mode: "cookie", fetch: fetchOfPage(jar) });
      const old = await server.anon.signInAnonymously();
      const data = await server.anon.convert(old.token, { email: "ada@example.com", password: PASSWORD });
      // the request of this tab was sent before the response to that of another tab arrived
      jar.set("anon", old.token);
      const answer = client.signInAnonymously();
      await until(() => server.requests.includes("POST auth-anonymously"));
      jar.set("anon", data.token);
      const { id, anonymous } = await answer;
      assert.deepEqual([id, anonymous], [old.record.id, false]);
    } finally {
      await server.stop();
    }
  });
});

describe("limits", LONG, () => {
  it("reject with the seconds to wait", async () => {
    const server = await startServer({ limits: { signUpsPerAddress: { max: 1, per: "1h" } } });
    try {
      await server.open().signInAnonymously();
      const { status, retryAfter } = await fails(server.open().signInAnonymously(), "rate_limited");
      assert.equal(status, 429);
      assert.ok(retryAfter !== undefined && retryAfter > 0 && retryAfter <= 3_600, `${retryAfter}`);
    } finally {
      await server.stop();
    }
  });
});
