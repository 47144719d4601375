/** What every operation works with. */

import type { AnonOptions } from "./contract/options.ts";
import { createHookRunner, type Hooks } from "./hooks/hooks.ts";
import { createKeyedQueue, type KeyedQueue } from "./idempotency/keyed-queue.ts";
import { createLimits, type Limits } from "./limits/limits.ts";
import { createGuestCounts, type GuestCounts } from "./limits/max-anonymous.ts";
import { hashChosenPassword } from "./passwords/hash.ts";
import { verifyPassword } from "./passwords/verify.ts";
import { createClock } from "./settings/clock.ts";
import { createSettings, type SettingsRegistry } from "./settings/collections.ts";
import { limitSettings } from "./settings/limits.ts";
import type { DriverHandle } from "./storage/driver-handle.ts";
import { createStore, type Store } from "./storage/store.ts";
import { createKeyring, type Keyring } from "./tokens/keyring.ts";
import { createServiceKeys, type ServiceKeys } from "./tokens/service-keys.ts";

/** The parts of one `createAnon`. */
export interface Engine {
  store: Store;
  keyring: Keyring;
  /** `null`: there are no tokens for other services. */
  serviceKeys: ServiceKeys | null;
  settings: SettingsRegistry;
  hashPassword: typeof hashChosenPassword;
  verifyPassword: typeof verifyPassword;
  limits: Limits;
  guestCounts: GuestCounts;
  /** For sign-ins with one idempotency key. */
  runExclusive: KeyedQueue;
  /** Whether a password can be reset by mail. */
  sendsMail: boolean;
  hooks: Hooks;
  /** Runs `action` outside of the current request. */
  outside<R>(action: () => R): R;
  /** Milliseconds since the epoch. */
  now(): number;
}

/**
 * The parts that `options` ask for, over the driver of `storage`.
 *
 * @throws {AnonError} `invalid_options`, `invalid_secret`, `invalid_collection` or `invalid_duration`
 */
export function createEngine(options: AnonOptions, storage: DriverHandle, outside: Engine["outside"]): Engine {
  const now = createClock(options.now ?? Date.now);
  const settings = createSettings(options);
  const store = createStore(storage);
  return {
    store,
    settings,
    hashPassword: hashChosenPassword,
    verifyPassword,
    limits: createLimits(limitSettings(options.limits ?? undefined), storage),
    guestCounts: createGuestCounts(store),
    runExclusive: createKeyedQueue(),
    serviceKeys: createServiceKeys(options.serviceTokens ?? undefined),
    sendsMail: options.sendMail !== undefined,
    hooks: createHookRunner(options, now, outside),
    // last: it may write a secret, and options that are refused must leave nothing behind
    keyring: createKeyring(options.secret ?? developmentSecret(storage)),
    outside,
    now,
  };
}

/**
 * The secret that the storage keeps, if it can, so that a first program runs as it is. Never in production: a server
 * that lost its setting would sign with another secret than the others, or with one that a backup of the accounts
 * contains.
 */
function developmentSecret({ secretFile }: DriverHandle): readonly string[] | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  if (!secretFile || !process?.env || process.env.NODE_ENV === "production") return undefined;
  return (secretFile.read() ?? secretFile.make()).secrets;
}
