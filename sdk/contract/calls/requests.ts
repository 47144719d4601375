import type { Platform } from "../http.ts";
import type { Collections } from "../options.ts";
import type { RequestContext } from "../requests.ts";

/** Calls that serve requests. */
export interface AnonRequests<C extends Collections = Collections> {
  /**
   * Handles a request: `handler`, and every function that it calls, can use `anon-accounts/context`, or the context
   * that it is passed. The response gets the cookie, and the headers for caches. Limits by address need the address in
   * `platform` if the server does not put it on the request.
   *
   * @throws {AnonError} `outside_request` if the runtime has no AsyncLocalStorage; and what `handler` throws
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import { auth, signInAnonymously } from "anon-accounts/context";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const response = await anon.run(new Request("https://shop.example/"), async () => {
   *   if (!(await auth())) await signInAnonymously();
   *   return new Response("Hello");
   * });
   * console.assert(response.headers.has("Set-Cookie"));
   * ```
   */
  run(
    request: Request,
    handler: (context: RequestContext<C>) => Response | Promise<Response>,
    platform?: Platform,
  ): Promise<Response>;

  /**
   * Handles a request of the HTTP API, for which the official `pocketbase` package is a client: `docs/http.md` has its
   * routes. Never throws: refusals and failures are responses too. In Workers pass the execution context, so that mail
   * is sent after the response.
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const url = "https://shop.example/api/collections/users/auth-anonymously";
   * const response = await anon.handler(new Request(url, { method: "POST" }));
   * const { token, record } = await response.json();
   * console.assert(response.status === 200 && anon.verifyToken(token)?.id === record.id);
   * ```
   */
  handler(request: Request, platform?: Platform): Promise<Response>;

  /**
   * What `run` does, without AsyncLocalStorage: call everything on the context, and let `respond` add the headers.
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const context = await anon.context(new Request("https://shop.example/"));
   * const { record } = await context.signInAnonymously();
   * const response = context.respond(new Response(`Hello ${record.username}`));
   * console.assert(response.headers.has("Set-Cookie"));
   * ```
   */
  context(request: Request, platform?: Platform): Promise<RequestContext<C>>;

  /**
   * Whether a request is for the HTTP API: below `collections/` of `api.basePath`.
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * console.assert(anon.isApiRequest(new Request("https://shop.example/api/collections/users/records")));
   * console.assert(!anon.isApiRequest(new Request("https://shop.example/cart")));
   * ```
   */
  isApiRequest(request: Request): boolean;
}
