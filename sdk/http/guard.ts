/** Which requests a route lets through, the same for every adapter. */
import type { AnonRequests } from "../contract/calls/requests.ts";
import type { GuardOptions, RequestContext } from "../contract/requests.ts";
import { AnonError, type AnonErrorCode } from "../errors.ts";
import { checkCapability } from "../settings/capabilities.ts";
import { optionsOf } from "../settings/options.ts";
import { toWireError } from "./wire-error.ts";

const KEYS: Record<keyof GuardOptions, true> = { capability: true, guests: true };

/** The errors that become a response. The application handles all others, as in any route. */
const REFUSALS: readonly AnonErrorCode[] = ["invalid_token", "registration_required", "capability_required"];

/**
 * The check of each request; `null` lets it pass.
 *
 * @throws {AnonError} `invalid_options`, at once: a route with a mistake in its guard is never served
 */
export function createGuard(
  anon: AnonRequests,
  options: GuardOptions | undefined,
): (request: Request) => Promise<Response | null> {
  const { guests, capability } = optionsOf("guard", KEYS, options ?? undefined);
  if (capability !== undefined) checkCapability(capability);
  if (guests !== undefined && typeof guests !== "boolean") {
    throw new AnonError("invalid_options", "Cannot use this `guests`: use true or false");
  }
  return async (request) => guardResponse(await anon.context(request), { guests, capability });
}

/**
 * The refusal of a request, in the shape of the API's and with what the cookie is to be; `null` when it may pass.
 *
 * @throws {AnonError} every error that is not a refusal: if storage fails, no request passes
 */
export async function guardResponse(
  context: RequestContext,
  { capability, guests = capability !== undefined }: GuardOptions = {},
): Promise<Response | null> {
  try {
    if (capability !== undefined) await context.authorize(capability);
    if (!guests) await context.authorize();
    else if (!(await context.auth())) throw new AnonError("invalid_token", "Cannot go on: no one is signed in");
    return null;
  } catch (error) {
    if (!(error instanceof AnonError) || !REFUSALS.includes(error.code)) throw error;
    const { status, message, data } = toWireError(error, "");
    const headers = { "Cache-Control": "no-store", "Content-Type": "application/json" };
    return context.respond(new Response(JSON.stringify({ status, message, data }), { status, headers }));
  }
}
