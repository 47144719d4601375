/** The clock of the SDK. */
import { AnonError } from "../errors.ts";

/** The last millisecond of the year 9999: with any duration added it still is a date. */
const LATEST = Date.UTC(10_000, 0) - 1;

/**
 * Whole milliseconds since the epoch, from a clock that may return fractions (`performance.timeOrigin +
 * performance.now()`): drivers store due times exactly, and a fraction is no exact time.
 *
 * @throws {AnonError} `invalid_options`, at once and on every later call that returns no time
 */
export function createClock(now: () => number): () => number {
  if (typeof now !== "function") throw new AnonError("invalid_options", "Cannot use this `now`: pass a function");
  const clock = (): number => {
    const time = now();
    if (typeof time === "number" && time >= 0 && time <= LATEST) return Math.floor(time);
    throw new AnonError(
      "invalid_options",
      "Cannot use this `now`: return milliseconds since 1970, at most those of the year 9999",
    );
  };
  clock();
  return clock;
}
