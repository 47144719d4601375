/** What every operation works with. */

import type { Hooks } from "./hooks/hooks.ts";
import type { KeyedQueue } from "./idempotency/keyed-queue.ts";
import type { Limits } from "./limits/limits.ts";
import type { GuestCounts } from "./limits/max-anonymous.ts";
import type { SettingsRegistry } from "./settings/collections.ts";
import type { Store } from "./storage/store.ts";
import type { Keyring } from "./tokens/keyring.ts";

/** The parts of one `createAnon`. */
export interface Engine {
  store: Store;
  keyring: Keyring;
  settings: SettingsRegistry;
  /** Makes the PHC string of a password that a person chose. */
  hashPassword(password: string): Promise<string>;
  /** Whether it is the one behind a stored PHC string; of no account (`null`) it takes the same time. */
  verifyPassword(stored: string | null, password: string): Promise<boolean>;
  limits: Limits;
  guestCounts: GuestCounts;
  /** For sign-ins with one idempotency key. */
  runExclusive: KeyedQueue;
  /** Whether a password can be reset by mail. */
  sendsMail: boolean;
  /** The application's hooks. */
  hooks: Hooks;
  /** Runs something outside of the request that is under way, if any. */
  outside<R>(action: () => R): R;
  /** Milliseconds since the epoch. */
  now(): number;
}
