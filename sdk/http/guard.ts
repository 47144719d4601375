/** Which requests a route lets through, the same for every adapter. */
import type { AnonRequests } from "../contract/calls/requests.ts";
import type { GuardOptions } from "../contract/requests.ts";
import { AnonError, type AnonErrorCode } from "../errors.ts";
import { checkCapability } from "../settings/capabilities.ts";
import { check, optionsOf } from "../settings/options.ts";
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
export function createGuard(
  anon: AnonRequests,
  options: GuardOptions | undefined,
): (request: Request) => Promise<Response | null> {
  const { capability, guests = capability !== undefined } = optionsOf("guard", KEYS, options ?? undefined);
  if (capability !== undefined) checkCapability(capability);
  check(typeof guests === "boolean", "this `guests`", "use true or false");
  return async (request) => {
    const context = await anon.context(request);
    try {
      if (capability !== undefined) await context.authorize(capability);
      if (!guests) await context.authorize();
      else if (!(await context.auth())) throw new AnonError("invalid_token", "Cannot go on: no one is signed in");
      return null;
    } catch (error) {
      if (!(error instanceof AnonError) || !REFUSALS.includes(error.code)) throw error;
      const wire = toWireError(error);
      const headers = { "Cache-Control": "no-store", "Content-Type": "application/json" };
      return context.respond(new Response(JSON.stringify(wire), { status: wire.status, headers }));
    }
  };
}
