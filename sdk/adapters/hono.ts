/**
 * Middleware for Hono.
 *
 * @module
 */
import type { AnonRequests } from "../contract/calls/requests.ts";
import type { Platform } from "../contract/http.ts";
import type { Collections } from "../contract/options.ts";
import type { GuardOptions } from "../contract/requests.ts";
import { createFetchGuard } from "../http/guard.ts";

/** The part of Hono's context that is used. */
interface HonoContext {
  req: { raw: Request };
  env: unknown;
  res: Response;
}

/**
 * Serves the HTTP API, and lets `anon-accounts/context` work in all that comes after it.
 *
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { createAnon } from "anon-accounts";
 * import { signInAnonymously } from "anon-accounts/context";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous } from "anon-accounts/hono";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const app = new Hono().use(anonymous(anon)).post("/cart", async (c) => c.json(await signInAnonymously()));
 * console.assert((await app.request("/cart", { method: "POST" })).headers.has("Set-Cookie"));
 * ```
 */
export function anonymous(
  anon: AnonRequests,
): (context: HonoContext, next: () => Promise<void>) => Promise<Response | undefined> {
  return async (c, next) => {
    const platform = platformOf(c.env);
    if (anon.isApiRequest(c.req.raw)) return anon.handler(c.req.raw, platform);
    const handle = async (): Promise<Response> => {
      await next();
      return c.res;
    };
    const response = await anon.run(c.req.raw, handle, platform);
    // Hono gives a replaced response's cookies to the new one, which would lose its own
    c.res = undefined as unknown as Response;
    c.res = response;
    return undefined;
  };
}

/** Hono's `env`: what Bun or Deno passes, in an object or as it is; on Node the message of the request. */
interface Bindings extends Platform {
  server?: Platform;
  incoming?: { socket?: Platform };
}

function platformOf(env: unknown): Platform {
  const bindings: Bindings = typeof env === "object" && env !== null ? env : {};
  const { server, incoming } = bindings;
  if (incoming?.socket) return incoming.socket;
  return typeof server?.requestIP === "function" ? server : bindings;
}

/**
 * Middleware that lets registered accounts through, and guests if the options say so. It goes after `anonymous(anon)`.
 *
 * @throws {AnonError} `invalid_options`
 *
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous, guard } from "anon-accounts/hono";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const app = new Hono().use(anonymous(anon)).get("/orders", guard(anon), (c) => c.text("orders"));
 * console.assert((await app.request("/orders")).status === 401);
 * ```
 */
export function guard<Capability extends string = string>(
  anon: AnonRequests<Collections, Capability>,
  options?: GuardOptions<NoInfer<Capability>>,
): (context: { req: { raw: Request } }, next: () => Promise<void>) => Promise<Response | undefined> {
  const refuse = createFetchGuard(anon, options);
  return async (c, next) => (await refuse(c.req.raw)) ?? ((await next()) as undefined);
}
