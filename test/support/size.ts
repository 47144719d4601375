/** How much the tests do: `ANON_TEST_SIZE=full` asks for everything, and without it they do the short size. */
import process from "node:process";

export const FULL: boolean = process.env.ANON_TEST_SIZE === "full";

/** What a test does in the size that runs. */
export function bySize<T>(sizes: { full: T; short: T }): T {
  return FULL ? sizes.full : sizes.short;
}
