/** Which requests a route lets through, the same for every adapter. */
import type { AnonRequests } from "../contract/calls/requests.ts";
import type { ApiResponse } from "../contract/http.ts";
import type { GuardOptions, Visitor } from "../contract/requests.ts";
import { AnonError, type AnonErrorCode } from "../errors.ts";
import { checkCapability } from "../settings/capabilities.ts";
import { check, optionsOf } from "../settings/options.ts";
import { toResponse } from "./fetch-message.ts";
import { HeaderFields } from "./header-fields.ts";
import { toWireError } from "./wire-error.ts";

const KEYS: Record<keyof GuardOptions, true> = { capability: true, guests: true };

/** The errors that become a response. The application handles all others, as in any route. */
const REFUSALS: readonly AnonErrorCode[] = ["invalid_token", "registration_required", "capability_required"];

/**
 * Makes the check of each request: `null` lets it pass. A refusal looks like one of the HTTP API, and has the cookie.
 *
 * @throws {AnonError} `invalid_options`, at once, so that no route is served with a wrong guard. The check itself throws
 * every error that is not a refusal: if storage fails, no request passes
 */
export function createGuard(options: GuardOptions | undefined): (visitor: Visitor) => Promise<ApiResponse | null> {
  const pass = createCheck(options);
  return async (visitor) => {
    try {
      await pass(visitor);
      return null;
    } catch (error) {
      if (!(error instanceof AnonError) || !REFUSALS.includes(error.code)) throw error;
      const wire = toWireError(error);
      const headers = new HeaderFields({ "cache-control": "no-store", "content-type": "application/json" });
      visitor.applyTo(headers);
      return { status: wire.status, headers: headers.fields, body: JSON.stringify(wire) };
    }
  };
}

/**
 * The same check for frameworks that make the response of an error themselves: it throws the refusal.
 *
 * @throws {AnonError} `invalid_options`, at once
 */
export function createCheck(options: GuardOptions | undefined): (visitor: Visitor) => Promise<void> {
  const { capability, guests = capability !== undefined } = optionsOf("guard", KEYS, options ?? undefined);
  if (capability !== undefined) checkCapability(capability);
  check(typeof guests === "boolean", "this `guests`", "use true or false");
  return async (visitor) => {
    if (capability !== undefined) await visitor.authorize(capability);
    if (!guests) await visitor.authorize();
    else if (!(await visitor.auth())) throw new AnonError("invalid_token", "Cannot go on: no one is signed in");
  };
}

/** The same check for adapters of servers that have a `Request` and a `Response`. */
export function createFetchGuard(
  anon: AnonRequests,
  options: GuardOptions | undefined,
): (request: Request) => Promise<Response | null> {
  const refuse = createGuard(options);
  return async (request) => {
    const refusal = await refuse(await anon.context(request));
    return refusal && toResponse(refusal);
  };
}

/** The same check around a handler of a framework that makes the response of an error itself. */
export function createPageGuard(
  anon: AnonRequests,
  options: GuardOptions | undefined,
): <Event, Result>(handler: (event: Event) => Result | Promise<Result>) => (event: Event) => Promise<Result> {
  const check = createCheck(options);
  return (handler) => async (event) => {
    await check(anon.visitor());
    return handler(event);
  };
}
