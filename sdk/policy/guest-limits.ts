/** The rules that bound an account for as long as it is anonymous. Whoever converts leaves them behind. */
import { AnonError } from "../errors.ts";
import { type Account, bytesOf } from "../model/account.ts";
import type { OwnFields } from "../types.ts";
import { duration, optionsOf } from "./options.ts";
import type { Settings } from "./settings.ts";
import type { AnonymousOptions } from "./types.ts";

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

/**
 * When a guest that was made then cannot be used any more. On the second before: that is what tokens tell, and no session
 * may outlive its own.
 */
export function endOfGuest(created: number, { guests: { lifetime } }: Settings): number {
  if (lifetime === Number.POSITIVE_INFINITY) return lifetime;
  return Math.floor((created + lifetime) / 1_000) * 1_000;
}

/** The same of an account; of a registered one never. */
export function endOf({ anonymous, created }: Account, settings: Settings): number {
  return anonymous ? endOfGuest(created, settings) : Number.POSITIVE_INFINITY;
}

/**
 * Refuses own fields that are too large for a guest. For those that somebody sets: what was accepted once can always be
 * stored again.
 *
 * @throws {AnonError} `record_too_large`
 */
export function checkGuestData(data: OwnFields, { guests: { maxDataBytes } }: Settings): void {
  if (maxDataBytes === Number.POSITIVE_INFINITY || bytesOf(data) <= maxDataBytes) return;
  throw new AnonError(
    "record_too_large",
    `Cannot store these own fields: those of an anonymous account may take ${maxDataBytes} bytes, store less or convert it`,
  );
}

function refused(name: keyof AnonymousOptions, what: string): AnonError {
  return new AnonError("invalid_options", `Cannot use this \`anonymous.${name}\`: ${what}`);
}
