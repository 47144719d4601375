/**
 * The conformance suite for storage drivers, for any test runner and any runtime.
 *
 * @module
 */

import { cases as lifetime } from "./dispose-and-reopen.ts";
import { cases as jointSwaps } from "./joint-swaps.ts";
import { cases as keys } from "./keys.ts";
import { cases as listing } from "./listing.ts";
import { cases as many } from "./many.ts";
import { cases as queue } from "./queue.ts";
import { cases as swaps } from "./swaps.ts";
import type { Cases, ConformanceCase, ConformanceOptions } from "./types.ts";
import { cases as unstorage } from "./unstorage.ts";
import { cases as values } from "./values.ts";

export { ConformanceError } from "./assert.ts";
export type { ConformanceCase, ConformanceOptions } from "./types.ts";

const CASES: Cases = {
  ...values,
  ...keys,
  ...swaps,
  ...jointSwaps,
  ...many,
  ...queue,
  ...listing,
  ...lifetime,
  ...unstorage,
};

/**
 * The guarantees of the port as cases for any test runner: each opens a driver, checks one guarantee and disposes of it.
 * A case rejects with a {@link ConformanceError} that says what was expected.
 *
 * @example
 * ```ts
 * import memory from "anon-accounts/drivers/memory";
 * import { driverConformance } from "anon-accounts/testing";
 *
 * for (const { name, run } of driverConformance({ open: () => memory(), keys: 1_000 })) {
 *   await run(); // in a test runner: it(name, run)
 *   console.assert(name !== "");
 * }
 * ```
 */
export function driverConformance(options: ConformanceOptions): ConformanceCase[] {
  return Object.entries(CASES).map(([name, check]) => ({
    name,
    async run() {
      const driver = await options.open();
      try {
        await check(driver, options);
      } finally {
        await driver.dispose();
      }
    },
  }));
}
