/** How guests are merged, checked and completed. */

import type { MergeOptions, MergeStrategy } from "../contract/merge.ts";
import { AnonError } from "../errors.ts";
import { duration, optionsOf } from "./options.ts";

/** The options with every default. `forwarding` is in milliseconds. */
export interface MergeSettings {
  strategy: MergeStrategy;
  combine: MergeOptions["combine"];
  forwarding: number;
}

const KEYS: Record<keyof MergeOptions, true> = { strategy: true, combine: true, forwarding: true };
const STRATEGIES: readonly unknown[] = ["keep-account", "keep-anonymous", "combine", "refuse"];

/**
 * Checks and completes the options.
 *
 * @throws {AnonError} `invalid_options`, `invalid_duration`
 */
export function mergeSettings(general: MergeOptions | undefined, own: MergeOptions | undefined): MergeSettings {
  const merged: MergeOptions = { ...optionsOf("merge", KEYS, general), ...optionsOf("merge", KEYS, own) };
  const { strategy = "keep-account", combine, forwarding = "90d" } = merged;
  if (combine !== undefined && typeof combine !== "function") throw notUsable("merge.combine", "pass a function");
  checkStrategy(strategy, combine);
  return { strategy, combine, forwarding: duration("merge.forwarding", forwarding) };
}

/** @throws {AnonError} `invalid_options` */
export function checkStrategy(strategy: MergeStrategy, combine: MergeOptions["combine"]): void {
  if (!STRATEGIES.includes(strategy)) {
    throw notUsable("strategy", `there are ${STRATEGIES.join(", ")}`);
  }
  if (strategy === "combine" && !combine) {
    throw notUsable(
      'strategy "combine"',
      "give the collection a function `merge.combine`, also in the process that resumes",
    );
  }
}

function notUsable(what: string, todo: string): AnonError {
  return new AnonError("invalid_options", `Cannot use \`${what}\`: ${todo}`);
}
