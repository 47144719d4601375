/** What every operation works with. */
import type { Keyring } from "./crypto/keyring.ts";
import type { Happenings } from "./hooks/happenings.ts";
import type { Limits } from "./limits/limits.ts";
import { dueOf } from "./policy/activity.ts";
import type { SettingsBook } from "./policy/settings.ts";
import type { ClaimContext } from "./storage/claims.ts";
import type { Populations } from "./storage/population.ts";
import type { Store } from "./storage/store.ts";
import type { Turns } from "./storage/turns.ts";

/** The parts of one `createAnon`. */
export interface Engine {
  store: Store;
  keyring: Keyring;
  settings: SettingsBook;
  /** Makes the PHC string of a password that a person chose. */
  hashPassword(password: string): Promise<string>;
  /** Whether it is the one behind a stored PHC string; of no account (`null`) it takes the same time. */
  verifyPassword(stored: string | null, password: string): Promise<boolean>;
  limits: Limits;
  populations: Populations;
  /** For sign-ins with one idempotency key. */
  inTurn: Turns;
  /** Whether a password can be reset by mail. */
  sendsMail: boolean;
  /** The application's say in what happens, and whom it is told to. */
  happenings: Happenings;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** What claims are handled with, as of now. */
export function claimContext(engine: Engine): ClaimContext {
  const { store, settings } = engine;
  return { store, now: engine.now(), dueOf: (account) => dueOf(account, settings.of(account.collection)) };
}
