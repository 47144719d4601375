/**
 * Middleware for h3, version 2. For version 1 wrap its listener: `anonymous` of `anon-accounts/node` goes before
 * `toNodeListener(app)`.
 *
 * @module
 */
import type { AnonRequests } from "../contract/calls/requests.ts";
import type { Collections } from "../contract/options.ts";
import type { GuardOptions, RequestContext } from "../contract/requests.ts";
import { runInRequest } from "../http/current-request.ts";
import { createFetchGuard } from "../http/guard.ts";
import { toPageError } from "../http/page-error.ts";
import { CACHING_HEADERS } from "../http/response-headers.ts";

/** The part of h3's event that is used. */
interface Event {
  req: Request;
  /** The candidates of version 2 put `headers` on responses of errors too, and have no others. */
  res: { headers: Headers; errHeaders?: Headers };
}

/**
 * Serves the HTTP API, and lets `anon-accounts/context` work in all that comes after it.
 *
 * @example
 * ```ts
 * import { H3 } from "h3";
 * import { createAnon } from "anon-accounts";
 * import { signInAnonymously } from "anon-accounts/context";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous } from "anon-accounts/h3";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const app = new H3().use(anonymous(anon)).post("/cart", () => signInAnonymously());
 * console.assert((await app.request("/cart", { method: "POST" })).headers.has("Set-Cookie"));
 * ```
 */
export function anonymous(anon: AnonRequests): (event: Event, next: () => unknown) => Promise<unknown> {
  return async (event, next) => {
    if (anon.isApiRequest(event.req)) return anon.handler(event.req);
    const context = await anon.context(event.req);
    let result: unknown;
    try {
      result = await runInRequest(context, next);
    } catch (error) {
      // a session that began before the error needs its cookie
      addTo(errHeadersOf(event), context, error);
      throw asHttpError(error, event);
    }
    if (result instanceof Response) {
      const staged = result.status >= 400 ? errHeadersOf(event) : event.res.headers;
      // read first, because `respond` may change the headers of this response
      const own = new Headers(result.headers);
      const response = context.respond(result);
      if (CACHING_HEADERS.some((name) => staged.has(name))) setCaching(staged, respondedHeaders(staged, context, own));
      return response;
    }
    // h3 makes an error response of an error that is returned, and of its symbol for a path without a route
    const fails = result instanceof Error || typeof result === "symbol";
    addTo(fails ? errHeadersOf(event) : event.res.headers, context, result);
    return result;
  };
}

function errHeadersOf({ res }: Event): Headers {
  return res.errHeaders ?? res.headers;
}

/**
 * h3 shows the message and the data of its own errors, and takes all others for failures of the program. Those of the SDK
 * that are failures stay as they are, and are printed.
 */
function asHttpError(error: unknown, event: Event): unknown {
  const shown = toPageError(error);
  if (!shown || shown.status >= 500) return error;
  const { status, code, message, headers } = shown;
  for (const [name, value] of Object.entries(headers)) errHeadersOf(event).set(name, value);
  return Object.assign(new Error(message, { cause: error }), { name: "HTTPError", status, data: { code } });
}

/** @param part h3's own kind of response or error: h3 puts the headers of `target` over its headers */
function addTo(target: Headers, context: RequestContext, part: unknown): void {
  const { headers: given } = (part ?? {}) as { headers?: unknown };
  const own = given instanceof Headers ? given : new Headers();
  const headers = respondedHeaders(target, context, own);
  setCaching(target, headers);
  for (const name of CACHING_HEADERS) if (!headers.has(name)) own.delete(name);
  target.delete("set-cookie");
  for (const cookie of headers.getSetCookie()) target.append("set-cookie", cookie);
}

/** The headers of `target`, with those for caches that only the result's `own` have, after the context's `respond`. */
function respondedHeaders(target: Headers, context: RequestContext, own: Headers): Headers {
  const headers = new Headers(target);
  for (const name of CACHING_HEADERS) if (!headers.has(name) && own.has(name)) headers.set(name, own.get(name) ?? "");
  return context.respond(new Response(null, { headers })).headers;
}

/** Gives `target` the headers for caches that `headers` have, and no others. */
function setCaching(target: Headers, headers: Headers): void {
  for (const name of CACHING_HEADERS) {
    const value = headers.get(name);
    if (value === null) target.delete(name);
    else target.set(name, value);
  }
}

/**
 * Middleware that lets registered accounts through, and guests if the options say so. It goes after `anonymous(anon)`.
 *
 * @throws {AnonError} `invalid_options`
 *
 * @example
 * ```ts
 * import { H3 } from "h3";
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous, guard } from "anon-accounts/h3";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const app = new H3().use(anonymous(anon)).get("/orders", () => "orders", { middleware: [guard(anon)] });
 * console.assert((await app.request("/orders")).status === 401);
 * ```
 */
export function guard<Capability extends string = string>(
  anon: AnonRequests<Collections, Capability>,
  options?: GuardOptions<NoInfer<Capability>>,
): (event: { req: Request }, next: () => unknown) => Promise<unknown> {
  const refuse = createFetchGuard(anon, options);
  return async (event, next) => (await refuse(event.req)) ?? next();
}
