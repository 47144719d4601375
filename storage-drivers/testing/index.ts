/**
 * The conformance suite for storage drivers, for any test runner and any runtime.
 *
 * @module
 */

import { hostileKeys, longKeys, plainKeys } from "./hostile.ts";
import { afterDispose, keysWhileChanging, manyKeys, prefixes, survives, unusedAfterDispose } from "./listing.ts";
import { deleteDue, deleteDueAgainstSwaps, deleteDueInOrder, readMany } from "./many.ts";
import { badQueueInput, order, paging, pagingWhileChanging, reschedule, times } from "./queue.ts";
import { counter, failedSwapChangesNothing, oneWinner, oneWinnerOfTwoHandles, truthTable } from "./swaps.ts";
import type { Check, ConformanceCase, ConformanceOptions } from "./types.ts";
import { bothFaces, insideStorage } from "./unstorage.ts";
import { bigValue, emptyIsNotAbsent, exactValues, loneSurrogates } from "./values.ts";

export { ConformanceError } from "./assert.ts";
export type { ConformanceCase, ConformanceOptions } from "./types.ts";

const CASES: readonly (readonly [name: string, check: Check])[] = [
  ["values come back exactly", exactValues],
  ["the empty string is not absence", emptyIsNotAbsent],
  ["a megabyte comes back exactly", bigValue],
  ["lone surrogates are kept or refused", loneSurrogates],
  ["plain keys are all accepted and kept apart", plainKeys],
  ["hostile keys are kept apart or refused", hostileKeys],
  ["long keys are kept apart or refused", longKeys],
  ["swap does what its table says", truthTable],
  ["a refused swap changes nothing", failedSwapChangesNothing],
  ["one of many concurrent swaps wins", oneWinner],
  ["a counter loses no step", counter],
  ["one of many swaps over two handles wins", oneWinnerOfTwoHandles],
  ["many reads answer as single ones do", readMany],
  ["deleteDue deletes what is due and as described, and nothing else", deleteDue],
  ["deleteDue begins with the oldest and keeps to its limit", deleteDueInOrder],
  ["deleteDue and swaps of the same keys never both win", deleteDueAgainstSwaps],
  ["due is ordered and includes its bound", order],
  ["due follows every swap", reschedule],
  ["due comes in pages of any size", paging],
  ["dueTimes says what due lists", times],
  ["a cursor outlives changes", pagingWhileChanging],
  ["times and sizes that make no sense are refused", badQueueInput],
  ["keys takes its prefix literally", prefixes],
  ["keys is complete over many keys", manyKeys],
  ["keys is complete beside writes", keysWhileChanging],
  ["what was written survives reopening", survives],
  ["every call rejects after dispose", afterDispose],
  ["every call rejects after dispose of an unused driver", unusedAfterDispose],
  ["it works inside createStorage", insideStorage],
  ["both faces of the driver agree", bothFaces],
];

/**
 * The promises of the port as cases for any test runner: each opens a driver, checks one promise and disposes of it.
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
  return CASES.map(([name, check]) => ({
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
