import type { Settings } from "../settings/collections.ts";
import type { Account } from "./account.ts";

/**
 * When a guest that was created at `created` cannot be used any more. Rounded down to a second, as in tokens: no
 * session may outlive its token.
 */
export function endOfGuest(created: number, { guests: { lifetime } }: Settings): number {
  if (lifetime === Number.POSITIVE_INFINITY) return lifetime;
  return Math.floor((created + lifetime) / 1_000) * 1_000;
}

export function endOf({ anonymous, created }: Account, settings: Settings): number {
  return anonymous ? endOfGuest(created, settings) : Number.POSITIVE_INFINITY;
}
