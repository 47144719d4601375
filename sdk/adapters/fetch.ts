/**
 * Servers that take a `Request` and return a `Response`: Bun.serve, Deno.serve, Workers.
 *
 * @module
 */
import type { AnonRequests } from "../contract/calls/requests.ts";
import type { Platform } from "../contract/http.ts";
import type { Collections } from "../contract/options.ts";
import type { GuardOptions, RequestContext } from "../contract/requests.ts";
import { createFetchGuard } from "../http/guard.ts";

type Handler = (request: Request, context: RequestContext) => Response | Promise<Response>;

/**
 * A `fetch` function that serves the HTTP API and passes all other requests to `handler`, inside of which
 * `anon-accounts/context` works. It accepts what Bun.serve, Deno.serve and Workers pass beside the request.
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import { auth } from "anon-accounts/context";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous } from "anon-accounts/fetch";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const fetch = anonymous(anon, async () => Response.json((await auth())?.record ?? null));
 * console.assert((await (await fetch(new Request("https://shop.example/"))).json()) === null);
 * ```
 */
export function anonymous(
  anon: AnonRequests,
  handler: Handler,
): (request: Request, host?: object, execution?: object) => Promise<Response> {
  return (request, host, execution) => {
    // Workers pass their bindings second, and their execution context third
    const platform: Platform | undefined = execution ?? host;
    if (anon.isApiRequest(request)) return anon.handler(request, platform);
    return anon.run(request, (context) => handler(request, context), platform);
  };
}

type Guarded = (request: Request) => Promise<Response>;

/**
 * Lets registered accounts through to a handler, and guests if the options say so. Other requests get a 401 or 403
 * with JSON that says what to do.
 *
 * @throws {AnonError} `invalid_options`
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous, guard } from "anon-accounts/fetch";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const fetch = anonymous(anon, guard(anon)(() => new Response("orders")));
 * console.assert((await fetch(new Request("https://shop.example/orders"))).status === 401);
 * ```
 */
export function guard<Capability extends string = string>(
  anon: AnonRequests<Collections, Capability>,
  options?: GuardOptions<NoInfer<Capability>>,
): (handler: Handler) => Guarded {
  const refuse = createFetchGuard(anon, options);
  return (handler) => async (request) => (await refuse(request)) ?? handler(request, await anon.context(request));
}
