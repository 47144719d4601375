/** Drivers that stop at one call like a process that dies, fail at one call, or wait at every call for the test. */
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import { DriverError } from "../../storage-drivers/shared/driver-error.ts";

/** A call to storage. */
export interface Call {
  method: "read" | "swap" | "swapAll" | "due" | "keys";
  /** Of a `swapAll`, the first. */
  key: string;
}

/** Called around every call to storage. A promise that never settles stops the process. */
export interface Gate {
  before(call: Call): Promise<void>;
  after?(call: Call): Promise<void>;
}

/** A driver without `swapAll`: accounts and their locks are written one after another, as older versions do. */
export function oneByOne(driver: AtomicDriver): AtomicDriver {
  return { ...driver, swapAll: undefined };
}

/** The driver of one process, with a gate around every call. */
export function gated(driver: AtomicDriver, gate: Gate): AtomicDriver {
  const pass = async <T>(call: Call, run: () => Promise<T>): Promise<T> => {
    await gate.before(call);
    const result = await run();
    await gate.after?.(call);
    return result;
  };
  const { swapAll } = driver;
  return {
    ...driver,
    swapAll:
      swapAll && ((swaps, options) => pass({ method: "swapAll", key: swaps[0]!.key }, () => swapAll(swaps, options))),
    read: (key) => pass({ method: "read", key }, () => driver.read(key)),
    swap: (key, expected, next, due, options) =>
      pass({ method: "swap", key }, () => driver.swap(key, expected, next, due, options)),
    due: (before, options) => pass({ method: "due", key: "" }, () => driver.due(before, options)),
    async *keys(prefix) {
      await gate.before({ method: "keys", key: prefix });
      yield* driver.keys(prefix);
    },
  };
}

/** The driver of a process that dies at one of its calls. */
export interface Crashing {
  driver: AtomicDriver;
  /** Resolves when it has died. */
  died: Promise<"died">;
  /** How many calls it made. */
  calls(): number;
}

/**
 * Dies at call number `at` (from 0): `before` the storage receives it, or `after` it was executed and before the result
 * arrives. No later call of the process settles.
 */
export function crashing(driver: AtomicDriver, at: number, when: "before" | "after"): Crashing {
  let made = 0;
  let dead = false;
  let resolveDied: (value: "died") => void = () => undefined;
  const died = new Promise<"died">((resolve) => {
    resolveDied = resolve;
  });
  const die = (): Promise<void> => {
    dead = true;
    resolveDied("died");
    return never();
  };
  const own = new Map<Call, number>();
  const wrapped = gated(driver, {
    before(call) {
      if (dead) return never();
      const number = made++;
      own.set(call, number);
      return when === "before" && number === at ? die() : Promise.resolve();
    },
    after(call) {
      if (dead) return never();
      return when === "after" && own.get(call) === at ? die() : Promise.resolve();
    },
  });
  return { driver: wrapped, died, calls: () => made };
}

/**
 * A driver whose call number `at` (from 0) rejects: `before` the storage receives it, or `after` it was executed. The
 * process continues. `failed()` returns whether the call was reached.
 */
export function failing(
  driver: AtomicDriver,
  at: number,
  when: "before" | "after",
): { driver: AtomicDriver; failed(): boolean } {
  let made = 0;
  let failed = false;
  const own = new Map<Call, number>();
  const fail = (): never => {
    failed = true;
    throw new DriverError("unavailable", "Cannot reach the storage");
  };
  const wrapped = gated(driver, {
    async before(call) {
      own.set(call, made++);
      if (when === "before" && own.get(call) === at) fail();
    },
    async after(call) {
      if (when === "after" && own.get(call) === at) fail();
    },
  });
  return { driver: wrapped, failed: () => failed };
}

function never(): Promise<void> {
  return new Promise(() => undefined);
}
