/**
 * Accounts for the App Router of Next.js: in server components, server actions, route handlers and the proxy.
 *
 * @module
 */
import type { Anon } from "../contract/anon.ts";
import type { Collections } from "../contract/options.ts";
import type { GuardOptions, Visitor } from "../contract/requests.ts";
import type { CookieStore, VisitorSource } from "../contract/visitor.ts";
import { AnonError, type AnonErrorCode } from "../errors.ts";
import { toResponse } from "../http/fetch-message.ts";
import { createGuard } from "../http/guard.ts";
import { urlFrom } from "../http/request-head.ts";
import { withVisitor } from "../http/response-headers.ts";
import { VISITOR_CALLS } from "../http/visitor-calls.ts";
import { toWireError, type WireError, type WireIssue } from "../http/wire-error.ts";
import { connectionAddress, noteAddresses } from "./connection-address.ts";

/** The part of `next/headers` that is used. */
interface NextHeaders {
  cookies(): Promise<NextCookieStore>;
  headers(): Promise<Headers>;
}

/** What `cookies()` of Next.js returns. */
interface NextCookieStore {
  getAll(name: string): { value: string }[];
  set(name: string, value: string, attributes: object): unknown;
  delete: unknown;
}

/** The part of `next/server` that is used. */
interface NextServer {
  NextResponse: { next(): ProxyResponse };
  after(promise: Promise<unknown>): void;
}

/** The part of Next's request of a proxy that is used. */
export interface ProxyRequest extends Request {
  /** The cookies of the request. */
  cookies: { getAll(name: string): { value: string }[] };
}

/** The part of Next's response of a proxy that is used. */
export interface ProxyResponse extends Response {
  /** The cookies of the response. */
  cookies: { set(name: string, value: string, attributes: object): unknown };
}

/** Why a form was refused, as plain data that a server action can return. */
export interface FormProblem {
  /** For programs to decide by. */
  code: AnonErrorCode;
  /** The HTTP status that fits the code. */
  status: number;
  /** For the visitor. */
  message: string;
  /** What is wrong with single fields, by their names. */
  data: Readonly<Record<string, WireIssue>>;
  /** Of `rate_limited` and `overloaded`: how many seconds to wait. */
  retryAfter?: number;
}

type RouteHandler<Inputs extends readonly unknown[]> = (...inputs: Inputs) => Response | Promise<Response>;
type Route<Inputs extends readonly unknown[]> = (...inputs: Inputs) => Promise<Response>;
type ApiRoute = (request: Request) => Promise<Response>;

/** The calls of the visitor of the current request, and what a Next.js application exports. */
export interface NextAccounts<C extends Collections = Collections, Capability extends string = string>
  extends Omit<Visitor<C, Capability>, "request" | "applyTo"> {
  /** What `create` made: for `anon.admin`, hooks and direct calls. */
  anon(): Anon<C, Capability>;
  /** The HTTP API, for `app/api/[...path]/route.ts`. */
  readonly handlers: Readonly<Record<"GET" | "POST" | "PATCH" | "DELETE" | "OPTIONS", ApiRoute>>;
  /**
   * Renews the cookie of a session in time, which a page cannot do: export it from `proxy.ts`.
   *
   * @param response The response of your own proxy, a `NextResponse`. Default: `NextResponse.next()`
   */
  proxy(request: ProxyRequest, response?: ProxyResponse | object): Promise<Response>;
  /**
   * A route handler whose errors of the SDK become responses with their status, and `Retry-After` if they have it. A response
   * that depends on the session gets the headers for caches.
   */
  route<Inputs extends readonly unknown[]>(handler: RouteHandler<Inputs>): Route<Inputs>;
  /**
   * Lets registered accounts through to a route handler, and guests if the options say so. Other requests get a 401 or 403
   * with JSON that says what to do.
   *
   * @throws {AnonError} `invalid_options`
   */
  guard(
    options?: GuardOptions<Capability>,
  ): <Inputs extends readonly unknown[]>(handler: RouteHandler<Inputs>) => Route<Inputs>;
  /**
   * A server action for React's `useActionState`, whose state is `null`, or the problem with the form. Next.js hides the
   * messages of errors that an action throws.
   */
  formAction(
    handler: (form: FormData) => unknown,
  ): (previous: FormProblem | null, form: FormData) => Promise<FormProblem | null>;
}

/** Next.js evaluates a module once for pages, once for route handlers and once for the proxy, and they share this. */
const KEY = Symbol.for("anon-accounts.next");
const shared = globalThis as { [KEY]?: Map<string, unknown> };

/**
 * The calls of an application on Next.js, which find the request that they are called in.
 *
 * @param create Makes the accounts. It is called at the first request and not while the application is built, once for all
 * copies that Next.js makes of your module, so that they share the memory and the counters of limits
 * @param name Tells apart the accounts of an application that calls this for more than one `createAnon`
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous } from "anon-accounts/next";
 *
 * export const { auth, signInAnonymously, handlers, proxy } = anonymous(() =>
 *   createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" }),
 * );
 * ```
 */
export function anonymous<C extends Collections = Collections, Capability extends string = string>(
  create: () => Anon<C, Capability>,
  name = "",
): NextAccounts<C, Capability> {
  noteAddresses();
  const anon = (): Anon<C, Capability> => {
    shared[KEY] ??= new Map();
    const known = shared[KEY].get(name) ?? create();
    shared[KEY].set(name, known);
    return known as Anon<C, Capability>;
  };

  // `headers()` is one object for a request, also while an action and the page after it run
  const sources = new WeakMap<Headers, { cookies: RequestCookies; visitor: Visitor<C, Capability> }>();
  async function current(): Promise<Visitor<C, Capability>> {
    const next = await nextHeaders();
    const [store, headers] = await Promise.all([next.cookies(), next.headers()]);
    const known = sources.get(headers);
    if (known) {
      // which cookies can be set changes with the phase of the request
      known.cookies.store = store;
      return known.visitor;
    }
    const cookies = new RequestCookies(store, headers);
    const visitor = anon().visitor(new RequestSource(headers, cookies));
    sources.set(headers, { cookies, visitor });
    return visitor;
  }

  const calls = VISITOR_CALLS.map((call) => [
    call,
    async (...inputs: unknown[]) => ((await current())[call] as (...inputs: unknown[]) => unknown)(...inputs),
  ]);

  const handle: ApiRoute = async (request) => {
    const { after } = await nextServer();
    return anon().handler(request, {
      remoteAddress: addressOf(request.headers),
      waitUntil: (promise) => after(promise),
    });
  };

  const route = <Inputs extends readonly unknown[]>(handler: RouteHandler<Inputs>): Route<Inputs> => {
    return async (...inputs) => {
      try {
        const response = await handler(...inputs);
        return withVisitor(await current(), response);
      } catch (error) {
        const refusal = refusalOf(error);
        const headers = { "cache-control": "no-store", ...refusal.headers };
        return Response.json(refusal, { status: refusal.status, headers });
      }
    };
  };

  return {
    ...(Object.fromEntries(calls) as Omit<Visitor<C, Capability>, "request" | "applyTo">),
    anon,
    handlers: { GET: handle, POST: handle, PATCH: handle, DELETE: handle, OPTIONS: handle },
    async proxy(request, given) {
      // Next.js passes an event as the second argument
      const isResponse = given instanceof Response && "cookies" in given;
      const response = isResponse ? (given as ProxyResponse) : (await nextServer()).NextResponse.next();
      const { headers, url } = request;
      let renewed = false;
      const cookies: CookieStore = {
        get: (name) => request.cookies.getAll(name).map(({ value }) => value),
        set(name, value, attributes) {
          response.cookies.set(name, value, attributes);
          renewed = true;
        },
      };
      const visitor = anon().visitor({ headers, url, cookies, address: addressOf(headers), request });
      await visitor.auth();
      // also for a static page, whose own header lets every cache keep the response with the cookie
      if (renewed) response.headers.set("cache-control", "private, no-store");
      return response;
    },
    route,
    guard(options) {
      const refuse = createGuard(options);
      return (handler) =>
        route(async (...inputs) => {
          const refusal = await refuse(await current());
          return refusal ? toResponse(refusal) : handler(...inputs);
        });
    },
    formAction(handler) {
      return async (_previous, form) => {
        try {
          await handler(form);
          return null;
        } catch (error) {
          const { status, message, data } = refusalOf(error);
          const { code, retryAfter } = error as AnonError;
          return { code, status, message, data, ...(retryAfter !== undefined && { retryAfter }) };
        }
      };
    },
  };
}

/** The cookies of a request, as long as its store can set them. */
class RequestCookies implements CookieStore {
  store: NextCookieStore;
  readonly #headers: Headers;

  constructor(store: NextCookieStore, headers: Headers) {
    this.store = store;
    this.#headers = headers;
  }

  /** The store has the cookies that the proxy set, and only the last of several with one name. The header has them all. */
  get(name: string): string[] {
    const values = new Set(this.store.getAll(name).map(({ value }) => value));
    for (const part of (this.#headers.get("cookie") ?? "").split(";")) {
      const at = part.indexOf("=");
      if (part.slice(0, at).trim() === name) values.add(part.slice(at + 1).trim());
    }
    return [...values];
  }

  /** The store of a place that can set no cookies has one function for `set` and `delete`, which throws. */
  get set(): CookieStore["set"] {
    const { store } = this;
    if (store.set === store.delete) return undefined;
    return (name, value, attributes) => store.set(name, value, attributes);
  }
}

class RequestSource implements VisitorSource {
  readonly headers: Headers;
  readonly cookies: CookieStore;
  #request: Request | undefined;

  constructor(headers: Headers, cookies: CookieStore) {
    this.headers = headers;
    this.cookies = cookies;
  }

  get address(): string | undefined {
    return addressOf(this.headers);
  }

  /** Only with the headers: Next.js does not tell the path of a page, and the body is read. */
  get request(): Request {
    this.#request ??= new Request(urlFrom(this.headers), { headers: new Headers(this.headers) });
    return this.#request;
  }
}

/** `X-Forwarded-For` is not read without `trustedProxy`: Next.js keeps the one that a client sends. */
function addressOf(headers: Headers): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  // Vercel overwrites this header, and its functions have the connection of a proxy
  return process?.env?.VERCEL ? (headers.get("x-real-ip") ?? undefined) : connectionAddress();
}

/** @throws all errors that are not for the client: those of other code, also Next's own redirects, and wrong calls */
function refusalOf(error: unknown): WireError {
  if (!(error instanceof AnonError) || error.status === 500) throw error;
  return toWireError(error, error.message);
}

// The extension is for Node's own resolution, because Next.js has no `exports`. The literals are for tracers of files.
function nextHeaders(): Promise<NextHeaders> {
  // @ts-expect-error not a dependency, because applications on other frameworks have no Next.js
  return import("next/headers.js");
}

function nextServer(): Promise<NextServer> {
  // @ts-expect-error not a dependency, because applications on other frameworks have no Next.js
  return import("next/server.js");
}
