/** What the `swapAll` of every driver accepts. */
import type { JointSwap } from "../../sdk/storage/port.ts";
import { DriverError } from "./driver-error.ts";
import { checkDue } from "./due-page.ts";

const MAX_SWAPS = 256;

/** Refuses none or too many swaps, two of one key, and a time that not every driver could keep exactly. */
export function checkJointSwaps(swaps: readonly JointSwap[]): void {
  if (swaps.length < 1 || swaps.length > MAX_SWAPS) {
    throw new DriverError("invalid_option", `Cannot exchange ${swaps.length} values at once: use 1 to ${MAX_SWAPS}`);
  }
  if (new Set(swaps.map(({ key }) => key)).size < swaps.length) {
    throw new DriverError("invalid_option", "Cannot exchange one value twice at once: use each key once");
  }
  for (const { due } of swaps) if (due !== null && due !== undefined) checkDue(due);
}
