/**
 * A plugin for Elysia.
 *
 * @module
 */
import type { AnonRequests } from "../contract/calls/requests.ts";
import type { Platform } from "../contract/http.ts";
import type { Collections } from "../contract/options.ts";
import type { GuardOptions } from "../contract/requests.ts";
import { createFetchGuard } from "../http/guard.ts";

type Fetch = (request: Request) => Response | Promise<Response>;

/** The part of Elysia that is used. Elysia's own types of these functions are wider. */
interface Elysia {
  wrap(...wrapper: never[]): unknown;
  onStart(handler: (started: { server: unknown }) => void): unknown;
  server: unknown;
}

/**
 * Serves the HTTP API, and lets `anon-accounts/context` work in every route.
 *
 * @example
 * ```ts
 * import { Elysia } from "elysia";
 * import { createAnon } from "anon-accounts";
 * import { signInAnonymously } from "anon-accounts/context";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous } from "anon-accounts/elysia";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const app = new Elysia().use(anonymous(anon)).post("/cart", () => signInAnonymously());
 * const response = await app.handle(new Request("https://shop.example/cart", { method: "POST" }));
 * console.assert(response.headers.has("Set-Cookie"));
 * ```
 */
export function anonymous(anon: AnonRequests): <App extends Elysia>(app: App) => App {
  return (app) => {
    let server: unknown;
    // the server of the application of which this one may be a part
    app.onStart((started: { server: unknown }) => {
      server = started.server;
    });
    const wrapper = (fetch: Fetch): Fetch => {
      return (request) => {
        const platform = (server ?? app.server) as Platform | undefined;
        return anon.isApiRequest(request)
          ? anon.handler(request, platform)
          : anon.run(request, () => fetch(request), platform);
      };
    };
    app.wrap(wrapper as never);
    return app;
  };
}

/**
 * A `beforeHandle` that lets registered accounts through, and guests if the options say so.
 *
 * @throws {AnonError} `invalid_options`
 *
 * @example
 * ```ts
 * import { Elysia } from "elysia";
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous, guard } from "anon-accounts/elysia";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const app = new Elysia().use(anonymous(anon)).get("/orders", () => "orders", { beforeHandle: guard(anon) });
 * console.assert((await app.handle(new Request("https://shop.example/orders"))).status === 401);
 * ```
 */
export function guard<Capability extends string = string>(
  anon: AnonRequests<Collections, Capability>,
  options?: GuardOptions<NoInfer<Capability>>,
): (context: { request: Request }) => Promise<Response | undefined> {
  const refuse = createFetchGuard(anon, options);
  return async ({ request }) => (await refuse(request)) ?? undefined;
}
