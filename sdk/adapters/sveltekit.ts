/**
 * Hooks for SvelteKit.
 *
 * @module
 */
import type { AnonRequests } from "../contract/calls/requests.ts";
import { AnonError } from "../errors.ts";
import { toWireError } from "../http/wire-error.ts";

/** The part of SvelteKit's event that is used. */
interface RequestEvent {
  request: Request;
  getClientAddress(): string;
}

/** SvelteKit's `Handle`. */
type Handle = <Event extends RequestEvent>(input: {
  event: Event;
  resolve(event: Event): Response | Promise<Response>;
}) => Promise<Response>;

/**
 * The hook `handle`: serves the HTTP API, and lets `anon-accounts/context` work in load functions, form actions and
 * `+server` routes.
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
  return async ({ event, resolve }) => {
    const platform = {
      get remoteAddress() {
        return addressOf(event);
      },
    };
    if (anon.isApiRequest(event.request)) return anon.handler(event.request, platform);
    return anon.run(event.request, () => resolve(event), platform);
  };
}

function addressOf(event: RequestEvent): string | undefined {
  try {
    return event.getClientAddress();
  } catch {
    return undefined;
  }
}

/** The part of what SvelteKit passes to the hook `handleError` that is used. */
interface Caught {
  error: unknown;
  event: { setHeaders(headers: Record<string, string>): void };
}

/** What the page of an error shows, as SvelteKit's `App.Error`. */
interface ErrorBody {
  status: number;
  message: string;
}

/**
 * The hook `handleError`: gives an {@link AnonError} its status and a message for visitors, and `Retry-After` if it has one.
 *
 * @param otherwise Handles all other errors and those of the server. Default: prints unknown errors, as SvelteKit does
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
    const { error, event } = input;
    if (!(error instanceof AnonError)) return otherwise(input);
    const { status, message, headers } = toWireError(error);
    if (status >= 500) otherwise(input);
    event.setHeaders(headers);
    return { status, message };
  };
}

function printUnknown({ kind, error }: Caught & { kind?: string }): void {
  // biome-ignore lint/suspicious/noConsole: SvelteKit's own hook prints them there
  if (kind === "unknown") console.error(error);
}
