/** The option `now`. */
import { check } from "./options.ts";

/** The last millisecond of the year 9999: a date even with any duration added. */
const LATEST = Date.UTC(10_000, 0) - 1;

/**
 * Whole milliseconds since the epoch, from a clock that may return fractions (`performance.timeOrigin +
 * performance.now()`): drivers store due times exactly, and a fraction is no exact time.
 *
 * @throws {AnonError} `invalid_options`, at once and on every later call that returns no time
 */
export function createClock(now: () => number): () => number {
  check(typeof now === "function", "this `now`", "pass a function");
  const clock = (): number => {
    const time = now();
    const isTime = typeof time === "number" && time >= 0 && time <= LATEST;
    check(isTime, "this `now`", "return milliseconds since 1970, at most those of the year 9999");
    return Math.floor(time);
  };
  clock();
  return clock;
}
