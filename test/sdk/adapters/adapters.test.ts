/** Every adapter in its real framework over a socket, each with the same shop. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import connect from "connect";
import { Elysia } from "elysia";
import express from "express";
import Fastify from "fastify";
import { H3, HTTPError, HTTPResponse } from "h3";
import * as h3v1 from "h3-v1";
import { Hono } from "hono";
import * as elysia from "../../../sdk/adapters/elysia.ts";
import * as fastify from "../../../sdk/adapters/fastify.ts";
import * as fetching from "../../../sdk/adapters/fetch.ts";
import * as h3 from "../../../sdk/adapters/h3.ts";
import * as hono from "../../../sdk/adapters/hono.ts";
import * as node from "../../../sdk/adapters/node.ts";
import { auth, signInAnonymously } from "../../../sdk/context.ts";
import type { Anon } from "../../../sdk/contract/anon.ts";
import type { AnonError } from "../../../sdk/errors.ts";
import memory from "../../../storage-drivers/memory.ts";
import { COLLECTIONS, setUp } from "../../support/sdk.ts";
import { listen, serve, serveBySrvx, type TestServer } from "../../support/server.ts";
import { withServiceTokens } from "../../support/service-keys.ts";

const OWN = "basket=1; Path=/";
/** The headers of a route that wants to be cached for all visitors. */
const SHARED = { "Cache-Control": "public, max-age=60, s-maxage=600", "CDN-Cache-Control": "max-age=600" };
/** The id of the cart's account, or the code of the error. */
const cart = (): Promise<string> =>
  signInAnonymously({ collection: "customers" }).then(
    ({ record }) => record.id,
    (error: AnonError) => error.code,
  );
const me = async (): Promise<string> => (await auth())?.record.id ?? "signed out";

/** Signs in, then throws. */
async function fail(): Promise<never> {
  await cart();
  throw new Error("from the application");
}

/** A shop: POST /cart signs in and sets a cookie of its own, GET /me returns the account's id, GET /static uses no account. */
const SHOPS: Record<string, (anon: Anon) => Promise<TestServer>> = {
  fetch: (anon) =>
    serve(
      fetching.anonymous(anon, async ({ method, url }) => {
        const { pathname } = new URL(url);
        if (method === "POST" && pathname === "/cart") {
          return new Response(await cart(), { headers: { "Set-Cookie": OWN, ...SHARED } });
        }
        return new Response(pathname === "/me" ? await me() : "static");
      }),
    ),
  "node:http": (anon) => {
    const middleware = node.anonymous(anon);
    return listen((req, res) =>
      middleware(req, res, async () => {
        if (req.url === "/cart") {
          const id = await cart();
          res.writeHead(200, { "Set-Cookie": OWN, ...SHARED }).end(id);
        } else res.end(req.url === "/me" ? await me() : "static");
      }),
    );
  },
  Express: (anon) => {
    const app = express();
    app.use(node.anonymous(anon));
    app.use(express.json());
    app.post("/cart", async (_request, response) => {
      response
        .set(SHARED)
        .append("Set-Cookie", OWN)
        .send(await cart());
    });
    app.get("/me", async (_request, response) => {
      response.send(await me());
    });
    app.post("/fail", fail);
    // Express's own handler would print the error
    app.use((_error: unknown, _request: unknown, response: express.Response, _next: unknown) => {
      response.status(500).end();
    });
    app.get("/static", (_request, response) => {
      response.send("static");
    });
    return listen(app);
  },
  Connect: (anon) => {
    const app = connect();
    app.use(node.anonymous(anon));
    app.use("/cart", (_request, response) => {
      response.setHeader("Set-Cookie", OWN);
      for (const [name, value] of Object.entries(SHARED)) response.setHeader(name, value);
      void cart().then((id) => response.end(id));
    });
    app.use("/me", (_request, response) => void me().then((id) => response.end(id)));
    app.use("/static", (_request, response) => response.end("static"));
    return listen(app);
  },
  Fastify: async (anon) => {
    const app = Fastify();
    await app.register(fastify.anonymous(anon));
    app.post("/cart", async (_request, reply) => reply.headers({ "Set-Cookie": OWN, ...SHARED }).send(await cart()));
    app.get("/me", me);
    app.post("/fail", fail);
    app.get("/static", async () => "static");
    const url = await app.listen({ host: "127.0.0.1", port: 0 });
    return { url, stop: () => app.close() };
  },
  Hono: (anon) => {
    const app = new Hono().use(hono.anonymous(anon));
    app.post("/cart", async (c) => {
      for (const [name, value] of Object.entries({ "Set-Cookie": OWN, ...SHARED })) c.header(name, value);
      return c.text(await cart());
    });
    app.get("/me", async (c) => c.text(await me()));
    app.post("/fail", fail).onError((_error, c) => c.text("failed", 500));
    app.get("/static", (c) => c.text("static"));
    return serve(async (request, host) => app.fetch(request, host && "requestIP" in host ? { server: host } : host));
  },
  "h3 2": (anon) => {
    const app = new H3({ silent: true }).use(h3.anonymous(anon)).post("/fail", fail);
    app.post("/cart", async (event) => {
      for (const [name, value] of Object.entries({ "Set-Cookie": OWN, ...SHARED }))
        event.res.headers.append(name, value);
      return cart();
    });
    app.get("/me", async () => new Response(await me()));
    app.get("/static", () => "static");
    return serveBySrvx((request) => app.fetch(request));
  },
  "h3 1": (anon) => {
    const app = h3v1.createApp({ onError: () => undefined });
    const router = h3v1.createRouter();
    router.post("/fail", h3v1.eventHandler(fail));
    router.post(
      "/cart",
      h3v1.eventHandler(async (event) => {
        h3v1.appendResponseHeader(event, "Set-Cookie", OWN);
        h3v1.setResponseHeaders(event, SHARED);
        return cart();
      }),
    );
    router.get("/me", h3v1.eventHandler(me));
    router.get(
      "/static",
      h3v1.eventHandler(() => "static"),
    );
    app.use(router);
    const [middleware, listener] = [node.anonymous(anon), h3v1.toNodeListener(app)];
    return listen((req, res) => middleware(req, res, () => void listener(req, res)));
  },
  Elysia: async (anon) => {
    const app = new Elysia().use(new Elysia().use(elysia.anonymous(anon)));
    app.post("/cart", async ({ set }) => {
      Object.assign(set.headers, { "set-cookie": OWN }, SHARED);
      return cart();
    });
    app.get("/me", me);
    app.post("/fail", fail);
    app.get("/static", () => "static");
    // on Bun, Elysia's own server knows the client address; elsewhere srvx does
    if (!("Bun" in globalThis)) return serveBySrvx((request) => app.fetch(request));
    app.listen({ hostname: "127.0.0.1", port: 0 });
    return { url: `http://127.0.0.1:${app.server?.port}`, stop: () => app.stop(true).then(() => undefined) };
  },
};

/** The frameworks that respond on their own when a route throws. */
const FAILING = ["Express", "Fastify", "Hono", "h3 2", "h3 1", "Elysia"];

describe("adapters", () => {
  for (const [name, open] of Object.entries(SHOPS)) {
    it(`sign visitors in, recognize them, and serve the API (${name})`, { timeout: 300_000 }, async () => {
      const { anon } = setUp(memory(), { ...COLLECTIONS, ...withServiceTokens(), now: Date.now });
      const server = await open(anon);
      try {
        const first = await fetch(`${server.url}/cart`, { method: "POST" });
        const id = await first.text();
        assert.match(id, /^[a-z0-9]{15}$/);
        const cookies = first.headers.getSetCookie();
        assert.ok(cookies.includes(OWN), cookies.join(" | "));
        assert.equal(cookies.length, 2);
        const caching = ["cache-control", "cdn-cache-control", "vary"].map((header) => first.headers.get(header));
        assert.deepEqual(caching, ["private, max-age=60", null, "Cookie"]);
        const cookie = cookies.map((one) => one.split(";")[0]).join("; ");
        const again = await fetch(`${server.url}/me`, { headers: { cookie } });
        assert.deepEqual([await again.text(), again.headers.get("vary")], [id, "Cookie"]);
        assert.equal(await (await fetch(`${server.url}/me`)).text(), "signed out");
        const plain = await fetch(`${server.url}/static`, { headers: { cookie } });
        assert.equal(await plain.text(), "static");
        assert.doesNotMatch(plain.headers.get("vary") ?? "", /Cookie/);
        const description = await fetch(`${server.url}/api/openapi.json`);
        assert.deepEqual([description.status, (await description.json()).openapi], [200, "3.1.1"]);
        assert.equal(description.headers.get("cache-control"), "public, max-age=300");
        const keys = await fetch(`${server.url}/.well-known/jwks.json`);
        assert.deepEqual([keys.status, (await keys.json()).keys.length], [200, 2]);
        const preflight = await fetch(`${server.url}/.well-known/jwks.json`, { method: "OPTIONS" });
        assert.deepEqual([preflight.status, preflight.headers.get("allow")], [204, "GET"]);
        const api = `${server.url}/api/collections/customers`;
        const signedIn = await fetch(`${api}/auth-anonymously`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: '{"plan":"free"}',
        });
        const { token, record } = await signedIn.json();
        assert.deepEqual([signedIn.status, record.plan], [200, "free"]);
        const own = { headers: { authorization: token } };
        assert.equal((await (await fetch(`${api}/records/${record.id}`, own)).json()).id, record.id);
        const gone = await fetch(`${api}/records/${record.id}`, { ...own, method: "DELETE" });
        assert.deepEqual([gone.status, await gone.text()], [204, ""]);
        assert.equal((await fetch(`${api}/records/${record.id}`, own)).status, 404);
      } finally {
        await server.stop();
      }
    });

    if (FAILING.includes(name)) {
      it(`set the cookie of a visitor who signed in before the route failed (${name})`, {
        timeout: 300_000,
      }, async () => {
        const { anon } = setUp(memory(), { now: Date.now });
        const server = await open(anon);
        try {
          const failed = await fetch(`${server.url}/fail`, { method: "POST" });
          await failed.body?.cancel();
          assert.equal(failed.status, 500);
          const cookie = failed.headers.getSetCookie().map((one) => one.split(";")[0])[0] ?? "";
          const again = await fetch(`${server.url}/me`, { headers: { cookie } });
          assert.match(await again.text(), /^[a-z0-9]{15}$/);
        } finally {
          await server.stop();
        }
      });
    }

    it(`pass the client address to the limits, and ignore forged headers (${name})`, {
      timeout: 300_000,
    }, async () => {
      const { anon } = setUp(memory(), { now: Date.now, limits: { signUpsPerAddress: { max: 2, per: "1h" } } });
      const server = await open(anon);
      const signUp = async (from: string): Promise<number> => {
        const url = `${server.url}/api/collections/users/auth-anonymously`;
        const response = await fetch(url, { method: "POST", headers: { "x-forwarded-for": from } });
        await response.body?.cancel();
        return response.status;
      };
      try {
        assert.deepEqual(
          [await signUp("192.0.2.1"), await signUp("192.0.2.2"), await signUp("192.0.2.3")],
          [200, 200, 429],
        );
        assert.equal(await (await fetch(`${server.url}/cart`, { method: "POST" })).text(), "rate_limited");
      } finally {
        await server.stop();
      }
    });
  }
});

describe("a response with a cookie that a framework assembles", () => {
  it("is never stored by shared caches, wherever the route sets its cache headers", async () => {
    const { anon } = setUp(memory());
    const page = async (status: number): Promise<Response> => {
      await signInAnonymously({ collection: "customers" });
      return new Response("page", { status, headers: SHARED });
    };
    const onH3 = new H3({ silent: true })
      .use(h3.anonymous(anon))
      .get("/staged", (event) => {
        for (const [name, value] of Object.entries(SHARED)) event.res.headers.set(name, value);
        return page(200);
      })
      .get("/missing", (event) => {
        for (const [name, value] of Object.entries(SHARED)) event.res.errHeaders.set(name, value);
        return page(404);
      })
      .get("/html", async () => {
        await cart();
        return new HTTPResponse("page", { headers: SHARED });
      })
      .get("/thrown", async () => {
        await cart();
        throw new HTTPError({ status: 404, headers: SHARED });
      })
      .get("/returned", async () => {
        await cart();
        return new HTTPError({ status: 404, headers: SHARED });
      });
    const onHono = new Hono().use(hono.anonymous(anon)).get("/staged", async (c) => {
      for (const [name, value] of Object.entries(SHARED)) c.header(name, value);
      return page(200);
    });
    const onElysia = new Elysia().use(elysia.anonymous(anon)).get("/staged", ({ set }) => {
      Object.assign(set.headers, SHARED);
      return page(200);
    });
    const responses: Record<string, Response> = {
      "h3 staged": await onH3.request("/staged"),
      "h3 missing": await onH3.request("/missing"),
      "h3 html": await onH3.request("/html"),
      "h3 thrown": await onH3.request("/thrown"),
      "h3 returned": await onH3.request("/returned"),
      Hono: await onHono.request("/staged"),
      Elysia: await onElysia.handle(new Request("http://127.0.0.1/staged")),
    };
    for (const [name, { headers }] of Object.entries(responses)) {
      assert.equal(headers.getSetCookie().length, 1, name);
      assert.deepEqual(
        ["cache-control", "cdn-cache-control", "vary"].map((header) => headers.get(header)),
        ["private, max-age=60", null, "Cookie"],
        name,
      );
    }
  });

  it("keeps its cookie when the path has no route (h3 2)", async () => {
    const { anon } = setUp(memory());
    const app = new H3({ silent: true }).use(h3.anonymous(anon)).use(async () => {
      await cart();
    });
    const { status, headers } = await app.request("/none");
    assert.deepEqual([status, headers.getSetCookie().length, headers.get("cache-control")], [404, 1, "private"]);
  });
});
