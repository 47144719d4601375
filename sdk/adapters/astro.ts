/**
 * Middleware and guards for Astro.
 *
 * @module
 */
import type { AnonRequests } from "../contract/calls/requests.ts";
import type { Collections } from "../contract/options.ts";
import type { GuardOptions } from "../contract/requests.ts";
import type { CookieAttributes, VisitorSource } from "../contract/visitor.ts";
import { readerOf } from "../http/cookie.ts";
import { runInRequest } from "../http/current-request.ts";
import { createAddressReader } from "../http/framework-address.ts";
import { createPageGuard } from "../http/guard.ts";
import { toPageError } from "../http/page-error.ts";
import { copyWith, withVisitor } from "../http/response-headers.ts";

/** The part of Astro's context that is used. */
interface Context {
  request: Request;
  url: URL;
  isPrerendered: boolean;
  cookies: { set(name: string, value: string, attributes: CookieAttributes): void };
  readonly clientAddress: string;
  logger?: { error(message: string): void };
}

type Middleware = (context: Context, next: () => Promise<Response>) => Promise<Response>;

/**
 * The middleware `onRequest`: lets `anon-accounts/context` work in pages, endpoints, actions and server islands, and serves the
 * HTTP API where a route has its path. An error of the SDK that a page or an endpoint throws becomes a response with its
 * status, and with `Retry-After` if it has one.
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import { anonymous } from "anon-accounts/astro";
 * import memory from "anon-accounts/drivers/memory";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * export const onRequest = anonymous(anon);
 * ```
 */
export function anonymous(anon: AnonRequests): Middleware {
  const readAddress = createAddressReader();
  return async (context, next) => {
    if (context.isPrerendered) return runInRequest(anon.visitor(PRERENDERED), next);
    const { request } = context;
    const address = readAddress(() => context.clientAddress);
    if (anon.isApiRequest(request)) return anon.handler(request, { remoteAddress: address });
    const { headers } = request;
    const cookies = new ContextCookies(context);
    const visitor = anon.visitor({ request, url: context.url.href, headers, cookies, address });
    const response = await runInRequest(visitor, () => next().catch((error) => refusalOf(error, context)));
    cookies.set = undefined;
    // Astro puts the cookies on the response, which the application may return to all visitors
    const own = cookies.isChanged ? copyWith(response) : response;
    return withVisitor(visitor, own, actionHeaders.get(request));
  };
}

/** A page that is built has no visitor, and Astro warns where its headers are read. */
const PRERENDERED: VisitorSource = { headers: new Headers(), cookies: { get: () => undefined } };

/** A cookie store that Astro reads too. */
class ContextCookies {
  readonly #headers: Headers;
  /** Absent after the head of the response was made, while components are still streamed: Astro drops cookies then. */
  set: ((name: string, value: string, attributes: CookieAttributes) => void) | undefined;
  isChanged = false;

  constructor({ request, cookies }: Context) {
    this.#headers = request.headers;
    this.set = (name, value, attributes) => {
      cookies.set(name, value, attributes);
      this.isChanged = true;
    };
  }

  /** Of the header, because Astro keeps one of several cookies of a name. */
  get(name: string): readonly string[] {
    return readerOf({ headers: this.#headers })?.(name) ?? [];
  }
}

/** The response to an error of the SDK. Astro handles all others. */
function refusalOf(error: unknown, { request, logger }: Context): Response {
  const shown = toPageError(error);
  if (!shown || shown.status === 500) throw error;
  const { status, code, message, headers } = shown;
  if (status > 500) logger?.error((error as Error).stack ?? message);
  const init = { status, headers: { "cache-control": "no-store", ...headers } };
  const wantsPage = /\btext\/html\b/.test(request.headers.get("accept") ?? "");
  return wantsPage ? new Response(message, init) : Response.json({ status, code, message }, init);
}

/** `ActionError` of `astro:actions`. */
interface ActionErrorClass<Code extends string> {
  new (params: { code: Code; message: string }): Error;
  statusToCode(status: number): Code;
}

/** Headers of responses to actions, which have only a status and a message of their own. */
const actionHeaders = new WeakMap<Request, Readonly<Record<string, string>>>();

/**
 * Makes a wrapper for the handlers of actions. An error of the SDK becomes an `ActionError` with its status and a message for
 * visitors, and the response gets `Retry-After` if there is one.
 *
 * @param ActionError The class of `astro:actions`
 *
 * @example
 * ```ts
 * import { actionErrors } from "anon-accounts/astro";
 * import { signInAnonymously } from "anon-accounts/context";
 *
 * class ActionError extends Error {
 *   static statusToCode = (status: number) => `${status}`;
 * }
 * const withErrors = actionErrors(ActionError as never);
 * export const handler = withErrors(async () => (await signInAnonymously()).record.id);
 * ```
 */
export function actionErrors<Code extends string>(
  ActionError: ActionErrorClass<Code>,
): <Input, Result>(
  handler: (input: Input, context: { request: Request }) => Result | Promise<Result>,
) => (input: Input, context: { request: Request }) => Promise<Result> {
  return (handler) => async (input, context) => {
    try {
      return await handler(input, context);
    } catch (error) {
      const shown = toPageError(error);
      if (!shown || shown.status === 500) throw error;
      actionHeaders.set(context.request, shown.headers);
      throw new ActionError({ code: ActionError.statusToCode(shown.status), message: shown.message });
    }
  };
}

/**
 * Lets registered accounts through to an endpoint, and guests if the options say so. All other requests get 401 or 403.
 *
 * @throws {AnonError} `invalid_options`
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import { guard } from "anon-accounts/astro";
 * import memory from "anon-accounts/drivers/memory";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * export const GET = guard(anon)(() => Response.json([]));
 * ```
 */
export function guard<Capability extends string = string>(
  anon: AnonRequests<Collections, Capability>,
  options?: GuardOptions<NoInfer<Capability>>,
): <Event, Result>(handler: (event: Event) => Result | Promise<Result>) => (event: Event) => Promise<Result> {
  return createPageGuard(anon, options);
}
