/** Repeats random runs until every rare event has happened, so that chance fails no test. */
import assert from "node:assert/strict";

// far more than chance needs: an event that has not happened by then cannot happen
const MOST_RUNS = 4_000;

/**
 * Calls `run` with 1, 2, … until every count has reached its minimum.
 *
 * @throws if a count has not after 4,000 runs
 */
export async function untilEnough<T extends string>(
  counts: Readonly<Record<T, number>>,
  minimums: Readonly<Record<T, number>>,
  run: (number: number) => Promise<unknown>,
): Promise<void> {
  const names = Object.keys(minimums) as T[];
  const missing = () => names.filter((name) => counts[name] < minimums[name]);
  for (let number = 1; number <= MOST_RUNS && missing().length > 0; number++) await run(number);
  const failures = missing().map((name) => `${name}: ${counts[name]} times, not ${minimums[name]}`);
  assert.deepEqual(failures, []);
}
