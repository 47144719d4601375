/**
 * Hooks and guards for SvelteKit.
 *
 * @module
 */
import type { AnonRequests } from "../contract/calls/requests.ts";
import type { Collections } from "../contract/options.ts";
import type { GuardOptions } from "../contract/requests.ts";
import type { CookieAttributes } from "../contract/visitor.ts";
import { readerOf } from "../http/cookie.ts";
import { runInRequest } from "../http/current-request.ts";
import { createAddressReader } from "../http/framework-address.ts";
import { createPageGuard } from "../http/guard.ts";
import { toPageError } from "../http/page-error.ts";
import { copyWith, withVisitor } from "../http/response-headers.ts";

/** The part of SvelteKit's event that is used. */
interface RequestEvent {
  request: Request;
  cookies: { set(name: string, value: string, attributes: CookieAttributes): void };
  getClientAddress(): string;
}

type Handle = <Event extends RequestEvent>(input: {
  event: Event;
  resolve(event: Event): Response | Promise<Response>;
}) => Promise<Response>;

/**
 * The hook `handle`: serves the HTTP API, and lets `anon-accounts/context` work in load functions, form actions,
 * `+server` routes and remote functions.
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous } from "anon-accounts/sveltekit";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * export const handle = anonymous(anon);
 * ```
 */
export function anonymous(anon: AnonRequests): Handle {
  const readAddress = createAddressReader();
  return async ({ event, resolve }) => {
    // it throws while pages are prerendered, and with adapters that know no address
    const address = readAddress(() => event.getClientAddress());
    if (anon.isApiRequest(event.request)) return anon.handler(event.request, { remoteAddress: address });
    const store = new EventCookies(event);
    const { request } = event;
    const visitor = anon.visitor({ request, url: request.url, headers: request.headers, cookies: store, address });
    const response = await runInRequest(visitor, () => resolve(event));
    store.set = undefined;
    return withVisitor(visitor, store.changed.size > 0 ? ownCopy(response, store.changed) : response);
  };
}

/**
 * A copy. The cookies of these names are taken off the response itself: SvelteKit puts them there, and a route may return one
 * response to all visitors.
 */
function ownCopy(response: Response, names: ReadonlySet<string>): Response {
  const copy = copyWith(response);
  const present = response.headers.getSetCookie();
  const others = present.filter((one) => !names.has(one.slice(0, one.indexOf("="))));
  if (copy === response || others.length === present.length) return copy;
  response.headers.delete("set-cookie");
  for (const one of others) response.headers.append("set-cookie", one);
  return copy;
}

/** A cookie store that SvelteKit reads too, so that `event.fetch` sends a new cookie and a redirect sets it. */
class EventCookies {
  readonly #event: RequestEvent;
  /** Absent after the head of the response was made, while promises of load functions are still streamed. */
  set: ((name: string, value: string, attributes: CookieAttributes) => void) | undefined;
  /** The names of the cookies that were set. */
  readonly changed: Set<string> = new Set();

  constructor(event: RequestEvent) {
    this.#event = event;
    this.set = (name, value, attributes) => {
      event.cookies.set(name, value, attributes);
      this.changed.add(name);
    };
  }

  /** Of the header, because SvelteKit keeps one of several cookies of a name. */
  get(name: string): readonly string[] {
    const { headers } = this.#event.request;
    return readerOf({ headers })?.(name) ?? [];
  }
}

/** The part of what SvelteKit passes to the hook `handleError` that is used. */
interface Caught {
  kind: string;
  error: unknown;
  event: { setHeaders(headers: Record<string, string>): void };
}

/** SvelteKit's `App.Error`, with the code of the error for pages to decide by. */
interface ErrorBody {
  status: number;
  message: string;
  code: string;
}

/**
 * The hook `handleError`: an error of the SDK that a load function, an action or a route throws gets its status, a message
 * for visitors, and `Retry-After` if it has one. SvelteKit 2 keeps the status 500.
 *
 * @param otherwise Handles all other errors, and is called with those of the SDK that are not the visitor's. Default:
 * prints them, as SvelteKit does
 *
 * @example
 * ```ts
 * import { handleErrors } from "anon-accounts/sveltekit";
 *
 * export const handleError = handleErrors();
 * ```
 */
export function handleErrors<Input extends Caught, Body = void>(
  otherwise: (input: Input) => Body = printUnknown as (input: Caught) => never,
): (input: Input) => ErrorBody | Body {
  return (input) => {
    const shown = toPageError(input.error);
    if (!shown) return otherwise(input);
    const { status, message, code, headers } = shown;
    if (status >= 500) otherwise(input);
    try {
      input.event.setHeaders({ ...headers });
    } catch {
      // the head of the response is sent: this is the error of a streamed promise
    }
    return { status, message, code };
  };
}

function printUnknown({ kind, error }: Caught): void {
  // biome-ignore lint/suspicious/noConsole: SvelteKit's own hook prints there
  if (kind === "unknown") console.error(error);
}

/**
 * Lets registered accounts through to a load function, an action or a handler of `+server`, and guests if the options say
 * so. For all other requests it throws an error, which `handleErrors` gives the status 401 or 403.
 *
 * @throws {AnonError} `invalid_options`
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { guard } from "anon-accounts/sveltekit";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * export const load = guard(anon)(async () => ({ orders: [] }));
 * ```
 */
export function guard<Capability extends string = string>(
  anon: AnonRequests<Collections, Capability>,
  options?: GuardOptions<NoInfer<Capability>>,
): <Event, Result>(handler: (event: Event) => Result | Promise<Result>) => (event: Event) => Promise<Result> {
  return createPageGuard(anon, options);
}
