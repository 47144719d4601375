/** The option `anonymous`. */

import type { AnonymousOptions } from "../contract/capabilities.ts";
import { check, duration, isWhole, optionsOf } from "./options.ts";

/** The bounds with every default, infinite where there is none. `lifetime` is in milliseconds. */
export interface GuestLimits {
  maxSessions: number;
  maxDataBytes: number;
  lifetime: number;
}

const KEYS: Record<keyof AnonymousOptions, true> = { maxSessions: true, maxDataBytes: true, lifetime: true };

export function guestLimits(
  general: AnonymousOptions | undefined,
  own: AnonymousOptions | undefined,
  settings: { maxSessions: number },
): GuestLimits {
  const options = optionsOf("anonymous", KEYS, general, own);
  const { maxSessions = settings.maxSessions, maxDataBytes = Number.POSITIVE_INFINITY } = options;
  check(isWhole(maxSessions, 1, 1_000), "this `anonymous.maxSessions`", "use a whole number from 1 to 1,000");
  check(
    maxDataBytes === Number.POSITIVE_INFINITY || isWhole(maxDataBytes, 2),
    "this `anonymous.maxDataBytes`",
    "use a whole number from 2 on, which is what {} takes",
  );
  const lifetime =
    options.lifetime === undefined ? Number.POSITIVE_INFINITY : duration("anonymous.lifetime", options.lifetime);
  check(lifetime >= 1_000, "this `anonymous.lifetime`", "use one second at least");
  return { maxSessions, maxDataBytes, lifetime };
}
