/** Shared by the SDK's tests: a clock that they move, a driver that counts its calls, and checks of refusals. */
import assert from "node:assert/strict";
import type { Anon } from "../../sdk/contract/anon.ts";
import type { AnonOptions, Collections } from "../../sdk/contract/options.ts";
import { createAnon } from "../../sdk/create-anon.ts";
import { AnonError, type AnonErrorCode } from "../../sdk/errors.ts";
import type { AtomicDriver } from "../../sdk/storage/port.ts";

export const SECRET = "a secret of at least 32 characters, for tests only";
export const OTHER_SECRET = "another secret of at least 32 characters, for tests";
export const PASSWORD = "correct horse battery";

/** Two collections for the HTTP API, which serves only configured ones. */
export const COLLECTIONS = { collections: { users: {}, customers: {} } } as const;

export const SECOND = 1_000;
export const MINUTE: number = 60 * SECOND;
export const HOUR: number = 60 * MINUTE;
export const DAY: number = 24 * HOUR;

/** A clock that the test moves. */
export interface Clock {
  now: number;
}

function createClock(): Clock {
  // not a whole second, so that rounding is visible
  return { now: Date.UTC(2030, 0, 1) + 123 };
}

/** An SDK over `storage` with its own clock. */
export function setUp<const C extends Collections = Collections>(
  storage: AtomicDriver,
  options: Partial<AnonOptions<C>> = {},
): { anon: Anon<C>; clock: Clock } {
  const clock = createClock();
  return {
    clock,
    anon: createAnon<C>({ storage, secret: SECRET, now: () => clock.now, ...options } as AnonOptions<C>),
  };
}

/** Checks that the promise rejects with an `AnonError` of this code, and returns the error. */
export async function refused(promise: Promise<unknown>, code: AnonErrorCode): Promise<AnonError> {
  try {
    await promise;
  } catch (error) {
    assert(error instanceof AnonError, `an AnonError, not ${error}`);
    assert.equal(error.code, code, error.message);
    return error;
  }
  assert.fail(`Not refused with ${code}`);
}

/** The same for a call that throws synchronously. */
export function refusedAtOnce(call: () => unknown, code: AnonErrorCode): AnonError {
  try {
    call();
  } catch (error) {
    assert(error instanceof AnonError, `an AnonError, not ${error}`);
    assert.equal(error.code, code, error.message);
    return error;
  }
  assert.fail(`Not refused with ${code}`);
}

/** How often each method of a driver was called. */
export interface Calls {
  read: number;
  swap: number;
  due: number;
  keys: number;
}

/** A driver that counts the calls of `inner`. */
export function counting(inner: AtomicDriver): { driver: AtomicDriver; calls: Calls } {
  const calls: Calls = { read: 0, swap: 0, due: 0, keys: 0 };
  const driver = intercepting(inner, {
    read(key) {
      calls.read++;
      return inner.read(key);
    },
    swap(...args) {
      calls.swap++;
      return inner.swap(...args);
    },
    due(...args) {
      calls.due++;
      return inner.due(...args);
    },
    keys(prefix) {
      calls.keys++;
      return inner.keys(prefix);
    },
  });
  return { driver, calls };
}

/** `inner` with some of its methods replaced, and without `swapAll`, so that every write is a `swap`. */
export function intercepting(inner: AtomicDriver, methods: Partial<AtomicDriver>): AtomicDriver {
  return {
    ...inner,
    swapAll: undefined,
    guarantee: inner.guarantee,
    read: (key) => inner.read(key),
    swap: (...args) => inner.swap(...args),
    due: (...args) => inner.due(...args),
    keys: (prefix) => inner.keys(prefix),
    dispose: () => inner.dispose(),
    ...methods,
  };
}

/** All items of an async iterable. */
export async function collect<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of iterable) all.push(item);
  return all;
}
