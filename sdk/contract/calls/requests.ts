import type { ApiMessage, ApiResponse, Platform } from "../http.ts";
import type { AnyFieldsOf, Collections } from "../options.ts";
import type { Authenticated } from "../records.ts";
import type { RequestContext, Visitor } from "../requests.ts";
import type { VisitorSource } from "../visitor.ts";

/** Calls that serve requests. */
export interface AnonRequests<C extends Collections = Collections, Capability extends string = string> {
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
    handler: (context: RequestContext<C, Capability>) => Response | Promise<Response>,
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
  context(request: Request, platform?: Platform): Promise<RequestContext<C, Capability>>;

  /**
   * Who is signed in, or `null`, in the request that the caller runs in: `anon.visitor().auth()`.
   *
   * @throws {AnonError} `outside_request`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const greeting = async () => `Hello ${(await anon.auth())?.record.username ?? "stranger"}`;
   * const response = await anon.run(new Request("https://shop.example/"), async () => new Response(await greeting()));
   * console.assert((await response.text()) === "Hello stranger");
   * ```
   */
  auth(): Promise<Authenticated<AnyFieldsOf<C>> | null>;

  /**
   * The visitor of the request that the caller runs in, with all its calls: what `anon-accounts/context` exports, typed
   * by these collections.
   *
   * With a source, the visitor of a request of any framework, without a `Request` and a `Response`. A cookie store with
   * `set` gets the cookie as soon as the session changes. One without `set` can only read: there `auth()` works, the
   * next place that can set cookies renews the cookie, and a call that would begin or end a session is refused. Without
   * a cookie store the header `Cookie` is read, and `applyTo` adds the cookie to the headers of the response. Make one
   * visitor for a request: it reads the account once.
   *
   * @throws {AnonError} `outside_request` without a source
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const jar = new Map<string, string>();
   * const visitor = anon.visitor({
   *   headers: new Headers({ Host: "shop.example" }),
   *   cookies: { get: (name) => jar.get(name), set: (name, value) => jar.set(name, value) },
   *   address: "192.0.2.7",
   * });
   * const { token } = await visitor.signInAnonymously();
   * console.assert(jar.get("__Host-anon") === token);
   * ```
   */
  visitor(source?: VisitorSource): Visitor<C, Capability>;

  /**
   * What `handler` does, for servers without `Request` and `Response`: Node's messages, the events of a serverless
   * platform.
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { status, headers, body } = await anon.handleApi({
   *   method: "POST",
   *   url: "https://shop.example/api/collections/users/auth-anonymously",
   *   headers: new Headers(),
   *   address: "192.0.2.7",
   *   readBody: async () => new Uint8Array(),
   * });
   * console.assert(status === 200 && headers["content-type"] === "application/json" && body?.includes("token"));
   * ```
   */
  handleApi(message: ApiMessage): Promise<ApiResponse>;

  /**
   * Whether a request is for `handler`: below `collections/` of `api.basePath`, its `openapi.json`, or with `serviceTokens`
   * `/.well-known/jwks.json`.
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
  isApiRequest(request: { readonly url: string }): boolean;
}
