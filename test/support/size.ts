/** The size of the tests: everything with `ANON_TEST_SIZE=full`, and less by default. */
import process from "node:process";

export const FULL: boolean = process.env.ANON_TEST_SIZE === "full";

/** The value for the current size. */
export function bySize<T>(sizes: { full: T; short: T }): T {
  return FULL ? sizes.full : sizes.short;
}
