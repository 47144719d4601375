/**
 * Middleware for TanStack Start.
 *
 * @module
 */
import type { AnonRequests } from "../contract/calls/requests.ts";
import type { Collections } from "../contract/options.ts";
import type { GuardOptions, Visitor } from "../contract/requests.ts";
import { AnonError, type AnonErrorCode } from "../errors.ts";
import { peerAddress } from "../http/client-address.ts";
import { runInRequest } from "../http/current-request.ts";
import { createCheck } from "../http/guard.ts";
import { HeaderFields } from "../http/header-fields.ts";
import { type PageError, toPageError } from "../http/page-error.ts";
import { withVisitor } from "../http/response-headers.ts";
import { connectionAddress, noteAddresses } from "./connection-address.ts";

/** The part of what TanStack Start passes to a request middleware that is used. */
interface RequestInput<Result extends { response: Response }> {
  request: Request;
  /** `serverFn` for a call of a server function. */
  handlerType?: string;
  next(): Result | Promise<Result>;
}

/** Options of {@link anonymous}. */
export interface AnonymousOptions {
  /** Reads the client's address of a request. Default: that of the connection, where the host tells it. */
  address?: (request: Request) => string | undefined;
}

/**
 * The function of a request middleware: serves the HTTP API, and lets `anon-accounts/context` work in server functions,
 * loaders on the server and server routes.
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous } from "anon-accounts/tanstack-start";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * // createStart(() => ({ requestMiddleware: [createMiddleware().server(middleware)] }))
 * const middleware = anonymous(anon);
 * const request = new Request("https://shop.example/");
 * const result = { response: new Response("Hello") };
 * console.assert((await middleware({ request, next: () => result })) === result);
 * ```
 */
export function anonymous(
  anon: AnonRequests,
  options: AnonymousOptions = {},
): <Result extends { response: Response }>(input: RequestInput<Result>) => Promise<Result | Response> {
  noteAddresses();
  const addressOf = options.address ?? ((request) => peerAddress(request, {}) ?? connectionAddress());
  return async <Result extends { response: Response }>({ request, handlerType, next }: RequestInput<Result>) => {
    const address = addressOf(request);
    if (anon.isApiRequest(request)) return anon.handler(request, { remoteAddress: address });
    const { url, headers } = request;
    const errors: Error[] = [];
    const onError = (error: Error): void => {
      errors.push(error);
      // TanStack Start reads the status and the headers of an error that a server route or a middleware throws
      Object.assign(error, { headers: toPageError(error)?.headers });
    };
    const visitor = anon.visitor({ request, url, headers, address, onError });
    let result: Result;
    try {
      result = await runInRequest(visitor, next);
    } catch (error) {
      // the browser gets an error of a server function as an error
      const shown = handlerType === "serverFn" ? null : toPageError(error);
      if (shown) {
        // biome-ignore lint/suspicious/noConsole: TanStack Start reports no error that became a response
        if (shown.status >= 500) console.error(error);
        return withVisitor(visitor, toResponse(shown));
      }
      throw withHeaders(visitor, error);
    }
    const { response } = result;
    const thrown = errors.find((error) => sent.has(error));
    // a loader that failed makes a page with the status 500
    const fails = thrown && (response.ok || response.status === 500);
    const own = withVisitor(visitor, fails ? withStatus(response, thrown) : response);
    return own === response ? result : own;
  };
}

/** Errors that were serialized for a browser. An error that the application handles is none of them. */
const sent = new WeakSet<Error>();

/** TanStack Start sends what a server function throws with the status 200, and a page whose loader throws with 500. */
function withStatus(response: Response, error: Error): Response {
  const shown = toPageError(error);
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(shown?.headers ?? {})) headers.set(name, value);
  return new Response(response.body, { status: shown?.status ?? 500, headers });
}

/** TanStack Start hides the code and the message of an error that a server route throws. */
function toResponse({ status, code, message, headers }: PageError): Response {
  return Response.json({ status, code, message }, { status, headers });
}

/**
 * The error with the visitor's headers beside its own, which TanStack Start reads: a session that began before it needs its
 * cookie. A cookie is put on an object that inherits from the error, because an application may throw one to all visitors.
 */
function withHeaders(visitor: Visitor, error: unknown): unknown {
  if (typeof error !== "object" || error === null) return error;
  const added = new HeaderFields();
  visitor.applyTo(added);
  if (Object.keys(added.fields).length === 0) return error;
  const headers = headersOf(error);
  visitor.applyTo(headers);
  return Object.create(error, { headers: { value: headers, enumerable: true } });
}

function headersOf({ headers }: { headers?: HeadersInit }): Headers {
  try {
    return new Headers(headers);
  } catch {
    // TanStack Start ignores what is none, too
    return new Headers();
  }
}

/**
 * The function of a middleware that lets registered accounts through, and guests if the options say so: of a server
 * function, or of a server route. Other requests get an error with the status 401 or 403.
 *
 * @throws {AnonError} `invalid_options`
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { guard } from "anon-accounts/tanstack-start";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * // createMiddleware().server(registered)
 * export const registered = guard(anon);
 * ```
 */
export function guard<Capability extends string = string>(
  anon: AnonRequests<Collections, Capability>,
  options?: GuardOptions<NoInfer<Capability>>,
): <Result>(input: { next(): Result | Promise<Result> }) => Promise<Result> {
  const check = createCheck(options);
  return async ({ next }) => {
    await check(anon.visitor());
    return next();
  };
}

/** An error of a server function as it is sent to the browser. */
export interface ErrorInBrowser {
  status: number;
  /** `internal_error` for what a hook throws without a status of a refusal; otherwise that of an `AnonError`. */
  code: AnonErrorCode | "internal_error";
  /** For visitors: it reveals no internal failure. */
  message: string;
  /** Seconds to wait, of a limit. */
  retryAfter?: number | undefined;
}

/**
 * A serialization adapter, for `serializationAdapters` of `createStart`. With it the browser gets an error that a server
 * function throws as an `AnonError`, with its code, status and `retryAfter`; what a hook threw to refuse, with the hook's
 * status and the code `refused`. Without it the browser gets only a message.
 *
 * @example
 * ```ts
 * import { AnonError } from "anon-accounts";
 * import { errorAdapter } from "anon-accounts/tanstack-start";
 *
 * const sent = errorAdapter.toSerializable(new AnonError("invalid_token", "Cannot refresh: no one is signed in"));
 * const received = errorAdapter.fromSerializable(sent);
 * console.assert(received instanceof AnonError && received.code === "invalid_token" && received.status === 401);
 * ```
 */
export const errorAdapter: {
  key: string;
  test(value: unknown): value is Error;
  toSerializable(error: Error): ErrorInBrowser;
  fromSerializable(sent: ErrorInBrowser): Error;
  /** Only for types: TanStack Start has it in its own. */
  "~types": never;
} = {
  key: "anon-accounts-error",
  test: (value): value is Error => value instanceof Error && toPageError(value) !== null,
  toSerializable(error) {
    sent.add(error);
    const shown = toPageError(error) as PageError;
    // a page's error has no code of an internal failure: the message is the secret, not the code
    const { status, code, retryAfter } = error instanceof AnonError ? error : { ...shown, retryAfter: undefined };
    return { status, code: code as ErrorInBrowser["code"], message: shown.message, retryAfter };
  },
  fromSerializable: ({ status, code, message, ...more }) =>
    code === "internal_error" ? new Error(message) : Object.assign(new AnonError(code, message, more), { status }),
  "~types": undefined as never,
};

export { AnonError };
