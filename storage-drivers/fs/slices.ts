/**
 * Short synchronous file calls, which cost a fraction of asynchronous ones: they make no promise and wake no thread. The event
 * loop gets a turn every few milliseconds.
 */
import { setImmediate } from "node:timers/promises";

const SLICE_MS = 2;

/** Resolves at once, or after a turn of the event loop when the last one was some milliseconds ago. */
export type Pause = () => Promise<void> | undefined;

/** The pauses of one driver: whatever it does at the same time shares its slices. */
export function openSlices(): Pause {
  let began = performance.now();
  async function turn(): Promise<void> {
    await setImmediate();
    began = performance.now();
  }
  return () => (performance.now() - began < SLICE_MS ? undefined : turn());
}
