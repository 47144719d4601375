/** How guests are merged, checked and completed. */
import { AnonError } from "../errors.ts";
import { changeOwnFields } from "../model/own-fields.ts";
import { checkPattern } from "../policy/grants.ts";
import { duration, optionsOf } from "../policy/options.ts";
import type { OwnFields } from "../types.ts";
import type { MergeOptions, MergeStrategy } from "./types.ts";

/** The options with every default. `forwarding` is in milliseconds. */
export interface MergeSettings {
  strategy: MergeStrategy;
  combine: MergeOptions["combine"];
  forbid: readonly string[];
  forwarding: number;
}

const KEYS: Record<keyof MergeOptions, true> = { strategy: true, combine: true, forbid: true, forwarding: true };
const STRATEGIES: readonly unknown[] = ["keep-account", "keep-anonymous", "combine", "refuse"];

/**
 * Checks and completes the options.
 *
 * @throws {AnonError} `invalid_options`, `invalid_duration`
 */
export function mergeSettings(general: MergeOptions | undefined, own: MergeOptions | undefined): MergeSettings {
  const merged: MergeOptions = { ...optionsOf("merge", KEYS, general), ...optionsOf("merge", KEYS, own) };
  const { strategy = "keep-account", combine, forbid = [], forwarding = "90d" } = merged;
  if (combine !== undefined && typeof combine !== "function") throw notUsable("merge.combine", "pass a function");
  checkStrategy(strategy, combine);
  if (!Array.isArray(forbid)) throw notUsable("merge.forbid", "pass a list of capabilities");
  for (const pattern of forbid) checkPattern("merge.forbid", pattern);
  return { strategy, combine, forbid, forwarding: duration("merge.forwarding", forwarding) };
}

/** @throws {AnonError} `invalid_options` */
export function checkStrategy(strategy: MergeStrategy, combine: MergeOptions["combine"]): void {
  if (!STRATEGIES.includes(strategy)) {
    throw notUsable("strategy", `there are ${STRATEGIES.join(", ")}`);
  }
  if (strategy === "combine" && !combine) {
    throw notUsable(
      'strategy "combine"',
      "give the collection a function `merge.combine`, which whoever resumes has, too",
    );
  }
}

/**
 * The own fields of an account that a guest was merged into. Never changes either.
 *
 * @throws {AnonError} `conflict` where the function is missing that combines them, or throws; `invalid_data`,
 * `reserved_field` for what it answers that is no own fields
 */
export async function mergedFields(
  strategy: MergeStrategy,
  combine: MergeOptions["combine"],
  account: OwnFields,
  anonymous: OwnFields,
): Promise<OwnFields> {
  if (strategy !== "combine")
    return strategy === "keep-anonymous" ? { ...account, ...anonymous } : { ...anonymous, ...account };
  if (!combine)
    throw new AnonError("conflict", "Cannot combine without `merge.combine` of the collection: configure it");
  let fields: OwnFields;
  try {
    fields = combine(structuredClone(account), structuredClone(anonymous));
  } catch (cause) {
    throw new AnonError("conflict", "Cannot combine the own fields of both: `merge.combine` threw", { cause });
  }
  // each time: what it answered the first time says nothing of the next
  return await changeOwnFields({}, fields ?? null, undefined);
}

function notUsable(what: string, todo: string): AnonError {
  return new AnonError("invalid_options", `Cannot use \`${what}\`: ${todo}`);
}
