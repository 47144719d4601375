/** The option `merge`. */

import type { MergeOptions, MergeStrategy } from "../contract/merge.ts";
import { check, duration, optionsOf } from "./options.ts";

/** The options with every default. `forwarding` is in milliseconds. */
export interface MergeSettings {
  strategy: MergeStrategy;
  combine: MergeOptions["combine"];
  forwarding: number;
}

const KEYS: Record<keyof MergeOptions, true> = { strategy: true, combine: true, forwarding: true };
const STRATEGIES: readonly unknown[] = ["keep-account", "keep-anonymous", "combine", "refuse"];

export function mergeSettings(general: MergeOptions | undefined, own: MergeOptions | undefined): MergeSettings {
  const { strategy = "keep-account", combine, forwarding = "90d" } = optionsOf("merge", KEYS, general, own);
  check(combine === undefined || typeof combine === "function", "`merge.combine`", "pass a function");
  checkStrategy(strategy, combine);
  return { strategy, combine, forwarding: duration("merge.forwarding", forwarding) };
}

/** The strategy of a call is checked here too. */
export function checkStrategy(strategy: MergeStrategy, combine: MergeOptions["combine"]): void {
  check(STRATEGIES.includes(strategy), "`strategy`", `there are ${STRATEGIES.join(", ")}`);
  check(
    strategy !== "combine" || combine !== undefined,
    '`strategy "combine"`',
    "give the collection a function `merge.combine`, also in the process that resumes",
  );
}
