/** What is rare in random runs must happen, and chance must fail no test: more runs follow until it has. */
import assert from "node:assert/strict";

// far more than chance can take: what has not happened by then cannot
const MOST_RUNS = 4_000;

/**
 * Calls `run` with 1, 2, … until every count has come to its minimum.
 *
 * @throws when one has not after 4,000 runs
 */
export async function untilEnough<T extends string>(
  counts: Readonly<Record<T, number>>,
  minimums: Readonly<Record<T, number>>,
  run: (number: number) => Promise<unknown>,
): Promise<void> {
  const names = Object.keys(minimums) as T[];
  const missing = () => names.filter((name) => counts[name] < minimums[name]);
  for (let number = 1; number <= MOST_RUNS && missing().length > 0; number++) await run(number);
  const said = missing().map((name) => `${name}: ${counts[name]} times, not ${minimums[name]}`);
  assert.deepEqual(said, []);
}
