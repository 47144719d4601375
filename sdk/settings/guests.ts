/** What bounds an account for as long as it is anonymous. */

import type { AnonymousOptions } from "../contract/capabilities.ts";
import { AnonError } from "../errors.ts";
import { duration, optionsOf } from "./options.ts";

/** The bounds with every default filled in: infinite where there is none. Milliseconds. */
export interface GuestLimits {
  maxSessions: number;
  maxDataBytes: number;
  lifetime: number;
}

const KEYS: Record<keyof AnonymousOptions, true> = { maxSessions: true, maxDataBytes: true, lifetime: true };

// `{}`, which every guest can be stored with
const MINIMUM_BYTES = 2;

/**
 * Checks and completes the options.
 *
 * @throws {AnonError} `invalid_options`, `invalid_duration`
 */
export function guestLimits(
  general: AnonymousOptions | undefined,
  own: AnonymousOptions | undefined,
  settings: { maxSessions: number },
): GuestLimits {
  const merged: AnonymousOptions = {
    ...optionsOf("anonymous", KEYS, general),
    ...optionsOf("anonymous", KEYS, own),
  };
  const { maxSessions = settings.maxSessions, maxDataBytes = Number.POSITIVE_INFINITY, lifetime } = merged;
  if (!Number.isSafeInteger(maxSessions) || maxSessions < 1 || maxSessions > 1_000) {
    throw refused("maxSessions", "use a whole number from 1 to 1,000");
  }
  const isBounded = maxDataBytes !== Number.POSITIVE_INFINITY;
  if (isBounded && !(Number.isSafeInteger(maxDataBytes) && maxDataBytes >= MINIMUM_BYTES)) {
    throw refused("maxDataBytes", `use a whole number from ${MINIMUM_BYTES} on, which is what {} takes`);
  }
  const life = lifetime === undefined ? Number.POSITIVE_INFINITY : duration("anonymous.lifetime", lifetime);
  if (life < 1_000) throw refused("lifetime", "use one second at least");
  return { maxSessions, maxDataBytes, lifetime: life };
}

function refused(name: keyof AnonymousOptions, what: string): AnonError {
  return new AnonError("invalid_options", `Cannot use this \`anonymous.${name}\`: ${what}`);
}
