/** Elapsed time that no change of the system clock and no sleep of the machine can hide. */

/** Returns the milliseconds since it was made, by the clock that says more. */
export type Stopwatch = () => number;

/**
 * The monotonic clock ignores corrections of the time of day but may stand still while the machine sleeps; the other
 * one does the opposite. A time of day that goes back counts as well.
 */
export function stopwatch(): Stopwatch {
  const wall = Date.now();
  const monotonic = performance.now();
  return () => Math.max(performance.now() - monotonic, Math.abs(Date.now() - wall));
}
