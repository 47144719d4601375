/** The guard of every adapter in its real framework over a socket, each with the same routes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import connect from "connect";
import { Elysia } from "elysia";
import express from "express";
import Fastify from "fastify";
import { H3 } from "h3";
import * as h3v1 from "h3-v1";
import { Hono } from "hono";
import PocketBase, { ClientResponseError } from "pocketbase";
import * as elysia from "../../../sdk/adapters/elysia.ts";
import * as fastify from "../../../sdk/adapters/fastify.ts";
import * as fetching from "../../../sdk/adapters/fetch.ts";
import * as h3 from "../../../sdk/adapters/h3.ts";
import * as hono from "../../../sdk/adapters/hono.ts";
import * as node from "../../../sdk/adapters/node.ts";
import { auth } from "../../../sdk/context.ts";
import type { Anon } from "../../../sdk/contract/anon.ts";
import type { GuardOptions } from "../../../sdk/contract/requests.ts";
import memory from "../../../storage-drivers/memory.ts";
import { intercepting, PASSWORD, refusedAtOnce, setUp } from "../../support/sdk.ts";
import { listen, serve, serveBySrvx, type TestServer } from "../../support/server.ts";

/** The routes and the options of their guards. */
const ROUTES: Record<string, GuardOptions | undefined> = {
  "/orders": undefined,
  "/visits": { guests: true },
  "/cart": { capability: "cart:write" },
  "/checkout": { capability: "cart:write", guests: false },
  "/refunds": { capability: "orders:refund" },
  "/exports": { capability: "export" },
};
const CAPABILITIES = { anonymous: ["cart:*"], registered: ["cart:*", "orders:*"] };

let served = 0;
const me = async (): Promise<string> => {
  served++;
  return (await auth())?.record.id ?? "signed out";
};
type Next = (error?: unknown) => void;

const SHOPS: Record<string, (anon: Anon) => Promise<TestServer>> = {
  fetch: (anon) => {
    const routes = Object.entries(ROUTES).map(([path, options]) => {
      const handle = fetching.guard(anon, options)(async () => new Response(await me()));
      return [path, handle] as const;
    });
    const routed = new Map(routes);
    const handler = fetching.anonymous(anon, async (request) => {
      const handle = routed.get(new URL(request.url).pathname);
      return handle ? await handle(request) : new Response("none", { status: 404 });
    });
    return serve((request) => handler(request).catch(() => new Response("failed", { status: 500 })));
  },
  "node:http": (anon) => {
    const middleware = node.anonymous(anon);
    const guards = new Map(Object.entries(ROUTES).map(([path, options]) => [path, node.guard(anon, options)]));
    return listen((req, res) => {
      const fail: Next = (error) => void res.writeHead(error ? 500 : 404).end();
      return middleware(req, res, () => {
        const next = async (error?: unknown) => (error ? fail(error) : void res.end(await me()));
        const guard = guards.get(req.url ?? "");
        return guard ? guard(req, res, next) : fail();
      });
    });
  },
  Express: (anon) => {
    const app = express().use(node.anonymous(anon), express.json());
    for (const [path, options] of Object.entries(ROUTES)) {
      app.all(path, node.guard(anon, options), async (_request, response) => {
        response.send(await me());
      });
    }
    app.use((_error: unknown, _request: unknown, response: express.Response, _next: unknown) => {
      response.status(500).end();
    });
    return listen(app);
  },
  Connect: (anon) => {
    const app = connect().use(node.anonymous(anon));
    for (const [path, options] of Object.entries(ROUTES)) {
      app.use(path, node.guard(anon, options));
      app.use(path, (_request, response) => void me().then((id) => response.end(id)));
    }
    app.use((_error: unknown, _request: unknown, response: { writeHead(status: number): { end(): void } }, _n: Next) =>
      response.writeHead(500).end(),
    );
    return listen(app);
  },
  Fastify: async (anon) => {
    const app = Fastify();
    await app.register(fastify.anonymous(anon));
    for (const [path, options] of Object.entries(ROUTES)) {
      app.all(path, { preHandler: fastify.guard(anon, options) }, me);
    }
    const url = await app.listen({ host: "127.0.0.1", port: 0 });
    return { url, stop: () => app.close() };
  },
  Hono: (anon) => {
    const app = new Hono().use(hono.anonymous(anon));
    for (const [path, options] of Object.entries(ROUTES)) {
      app.all(path, hono.guard(anon, options), async (c) => c.text(await me()));
    }
    app.onError((_error, c) => c.text("failed", 500));
    return serve(async (request) => app.fetch(request));
  },
  "h3 2": (anon) => {
    const app = new H3({ silent: true }).use(h3.anonymous(anon));
    for (const [path, options] of Object.entries(ROUTES)) {
      app.all(path, me, { middleware: [h3.guard(anon, options)] });
    }
    return serveBySrvx((request) => app.fetch(request));
  },
  "h3 1": (anon) => {
    const app = h3v1.createApp({ onError: () => undefined });
    for (const [path, options] of Object.entries(ROUTES)) {
      app.use(path, h3v1.fromNodeMiddleware(node.guard(anon, options)));
      app.use(path, h3v1.eventHandler(me));
    }
    const [middleware, listener] = [node.anonymous(anon), h3v1.toNodeListener(app)];
    return listen((req, res) => middleware(req, res, () => void listener(req, res)));
  },
  Elysia: async (anon) => {
    const app = new Elysia().use(elysia.anonymous(anon));
    for (const [path, options] of Object.entries(ROUTES)) {
      app.all(path, me, { beforeHandle: elysia.guard(anon, options) });
    }
    if (!("Bun" in globalThis)) return serveBySrvx((request) => app.fetch(request));
    app.listen({ hostname: "127.0.0.1", port: 0 });
    return { url: `http://127.0.0.1:${app.server?.port}`, stop: () => app.stop(true).then(() => undefined) };
  },
};

/** The response to each visitor on each route: a status, or the code of a 403. */
const EXPECTED: Record<string, [signedOut: unknown, guest: unknown, registered: unknown]> = {
  "/orders": [401, "registration_required", 200],
  "/visits": [401, 200, 200],
  "/cart": [401, 200, 200],
  "/checkout": [401, "registration_required", 200],
  "/refunds": [401, "registration_required", 200],
  "/exports": [401, "capability_required", "capability_required"],
};

async function outcomeOf(url: string, headers: Record<string, string>, id: string): Promise<unknown> {
  served = 0;
  const response = await fetch(url, { headers });
  const text = await response.text();
  assert.equal(served, response.status === 200 ? 1 : 0);
  assert.match(response.headers.get("vary") ?? "", /Cookie/);
  if (response.status === 200) {
    assert.equal(text, id);
    return 200;
  }
  assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
  assert.equal(response.headers.get("cache-control"), "no-store");
  const { status, code, message, data } = JSON.parse(text);
  assert.equal(status, response.status);
  assert(typeof message === "string" && message !== "");
  assert.match(code, /^[a-z_]+$/);
  if (status !== 403) return assert.deepEqual(data, {}) ?? status;
  assert.equal(data.capability.message, message);
  return data.capability.code;
}

describe("guards", () => {
  for (const [name, open] of Object.entries(SHOPS)) {
    it(`allow the visitors that each route allows, by cookie and by header (${name})`, {
      timeout: 300_000,
    }, async () => {
      const { anon } = setUp(memory(), { now: Date.now, capabilities: CAPABILITIES });
      const guest = await anon.signInAnonymously();
      const other = await anon.signInAnonymously();
      const registered = await anon.convert(other.token, { email: "ada@example.com", password: PASSWORD });
      const server = await open(anon);
      try {
        for (const [path, [signedOut, asGuest, asRegistered]] of Object.entries(EXPECTED)) {
          const url = `${server.url}${path}`;
          assert.equal(await outcomeOf(url, {}, ""), signedOut, path);
          for (const [{ token, record }, expected] of [
            [guest, asGuest] as const,
            [registered, asRegistered] as const,
          ]) {
            assert.equal(await outcomeOf(url, { authorization: token }, record.id), expected, path);
            assert.equal(await outcomeOf(url, { cookie: `anon=${token}` }, record.id), expected, path);
          }
        }
      } finally {
        await server.stop();
      }
    });

    it(`leave an ended session's cookie, and refuse every request when the storage fails (${name})`, {
      timeout: 300_000,
    }, async () => {
      const driver = memory();
      let fails = false;
      const read = async (key: string) => {
        if (fails) throw new Error("gone");
        return driver.read(key);
      };
      const { anon } = setUp(intercepting(driver, { read }), { now: Date.now });
      const { token } = await anon.signInAnonymously();
      const server = await open(anon);
      try {
        const headers = { cookie: `anon=${token}` };
        fails = true;
        served = 0;
        const failed = await fetch(`${server.url}/visits`, { headers });
        await failed.body?.cancel();
        assert(failed.status >= 500, `${failed.status}`);
        assert.deepEqual(failed.headers.getSetCookie(), []);
        fails = false;
        await anon.signOut(token);
        const dead = await fetch(`${server.url}/visits`, { headers });
        await dead.body?.cancel();
        assert.deepEqual([dead.status, served], [401, 0]);
        assert.deepEqual(dead.headers.getSetCookie(), []);
      } finally {
        await server.stop();
      }
    });
  }

  it("refuse the pocketbase client with a code that says what to do", async () => {
    const { anon } = setUp(memory(), { now: Date.now });
    const server = await (SHOPS.fetch as (anon: Anon) => Promise<TestServer>)(anon);
    try {
      const pb = new PocketBase(server.url);
      const { token, record } = await pb.send("/api/collections/users/auth-anonymously", { method: "POST" });
      pb.authStore.save(token, record);
      const error = await pb.send("/orders", {}).catch((reason: unknown) => reason);
      assert(error instanceof ClientResponseError);
      assert.equal(error.response.data.capability.code, "registration_required");
    } finally {
      await server.stop();
    }
  });

  it("refuse invalid options", () => {
    const { anon } = setUp(memory());
    for (const guard of [elysia.guard, fastify.guard, fetching.guard, h3.guard, hono.guard, node.guard]) {
      for (const options of [{ capability: "Cart" }, { capability: "cart:*" }, { guests: "no" }, { guest: true }]) {
        refusedAtOnce(() => guard(anon, options as GuardOptions), "invalid_options");
      }
    }
  });
});
