/** Until when a guest may be used. A registered account has no such end. */
import type { Settings } from "../settings/collections.ts";
import type { Account } from "./account.ts";

/**
 * When a guest that was made then cannot be used any more. Rounded down to a second, as in tokens: no session
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
