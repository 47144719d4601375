/**
 * Middleware for React Router, as a framework.
 *
 * @module
 */
import type { AnonRequests } from "../contract/calls/requests.ts";
import type { Collections } from "../contract/options.ts";
import type { GuardOptions } from "../contract/requests.ts";
import { runInRequest } from "../http/current-request.ts";
import { createCheck } from "../http/guard.ts";
import { toPageError } from "../http/page-error.ts";
import { withVisitor } from "../http/response-headers.ts";
import { connectionAddress, noteAddresses } from "./connection-address.ts";

/** The part of what React Router passes to a middleware that is used. */
interface Route {
  request: Request;
}

type Middleware = (route: Route, next: () => Promise<Response>) => Promise<Response>;

/** Where the client's address is, if not that of the connection to Node's HTTP server. */
export interface AddressOptions<Args extends Route = Route> {
  /** Reads it of what a host passes, such as the context of `getLoadContext`. */
  address?: (route: Args) => string | undefined;
}

/**
 * Middleware of the root route: serves the HTTP API, and lets `anon-accounts/context` work in loaders, actions and
 * components of the server. An error that a call throws there gets its status, and is data for an error boundary.
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous } from "anon-accounts/react-router";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * export const middleware = [anonymous(anon)];
 * ```
 */
export function anonymous<Args extends Route = Route>(
  anon: AnonRequests,
  options: AddressOptions<Args> = {},
): (route: Args, next: () => Promise<Response>) => Promise<Response> {
  noteAddresses();
  return async (route, next) => {
    const { request } = route;
    const address = options.address ? options.address(route) : connectionAddress();
    if (anon.isApiRequest(request)) return anon.handler(request, { remoteAddress: address });
    let errorHeaders: Readonly<Record<string, string>> = {};
    const onError = (error: Error): void => {
      errorHeaders = asData(error);
    };
    const visitor = anon.visitor({ request, url: request.url, headers: request.headers, address, onError });
    const response = await runInRequest(visitor, next);
    // React Router leaves out the headers of an error, unless the route has a function for them
    return withVisitor(visitor, response, response.status >= 400 ? errorHeaders : {});
  };
}

/**
 * Adds what `data()` of React Router returns, so that an error boundary gets `{ status, message, code }` and the response
 * the status. Returns the headers.
 */
function asData(error: Error): Readonly<Record<string, string>> {
  const shown = toPageError(error);
  // React Router reports it, and hides its message
  if (!shown || shown.status === 500) return {};
  const { status, message, code, headers } = shown;
  // biome-ignore lint/suspicious/noConsole: React Router reports no error that is data
  if (status > 500) console.error(error);
  // without one, React Router writes that of the status 500, which its templates show. HTTP has only ASCII there
  const statusText = /^[ -~]*$/.test(message) ? message : "";
  Object.assign(error, {
    type: "DataWithResponseInit",
    data: { message, code },
    init: { status, statusText, headers },
  });
  return headers;
}

/**
 * Middleware of a route that lets registered accounts through to it, and guests if the options say so. For all other
 * requests the error boundary is shown, with the status 401 or 403.
 *
 * @throws {AnonError} `invalid_options`
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { guard } from "anon-accounts/react-router";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * export const middleware = [guard(anon)];
 * ```
 */
export function guard<Capability extends string = string>(
  anon: AnonRequests<Collections, Capability>,
  options?: GuardOptions<NoInfer<Capability>>,
): Middleware {
  const check = createCheck(options);
  return async (_route, next) => {
    await check(anon.visitor());
    return next();
  };
}
