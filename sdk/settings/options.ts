/** Reading options. */

import type { Duration } from "../contract/records.ts";
import { AnonError } from "../errors.ts";
import { isTooLong, parseDuration } from "./duration.ts";
import { hint } from "./nearest.ts";

/**
 * Refuses an option that is not usable.
 *
 * @param what The option as the message names it, such as "this `keep`"
 */
export function check(valid: boolean, what: string, advice: string): asserts valid {
  if (!valid) throw new AnonError("invalid_options", `Cannot use ${what}: ${advice}`);
}

export function isWhole(value: unknown, from: number, to: number = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isSafeInteger(value) && (value as number) >= from && (value as number) <= to;
}

/**
 * An option that is an object of these keys, later values over earlier ones. Keys that are undefined are left out,
 * because they would hide an earlier value. Unknown keys are refused: a misspelt bound or list would have no effect.
 */
export function optionsOf<T extends object>(
  name: string,
  keys: Record<keyof T, true>,
  ...values: readonly (T | undefined)[]
): T {
  const merged = {} as T;
  for (const value of values) {
    if (value === undefined) continue;
    check(typeof value === "object" && value !== null && !Array.isArray(value), `this \`${name}\``, "pass an object");
    checkKeys(`${name}.`, keys, value);
    Object.assign(merged, defined(value));
  }
  return merged;
}

/**
 * Refuses unknown keys, unless they are undefined: one that is misspelt, or that an earlier version had, would have no effect.
 *
 * @param prefix What stands before a key in the message, such as `merge.`
 */
export function checkKeys<T extends object>(prefix: string, keys: Record<keyof T, unknown>, value: T): void {
  const unknown = Object.entries(value).find(([key, own]) => own !== undefined && !Object.hasOwn(keys, key))?.[0];
  if (unknown === undefined) return;
  check(false, `\`${prefix}${unknown.slice(0, 64)}\``, hint(unknown, Object.keys(keys)));
}

/** Without the keys that are present but undefined. */
export function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/**
 * The option's milliseconds, or a refusal that names it.
 *
 * @throws {AnonError} `invalid_options` for a duration over the maximum, `invalid_duration` for any other value
 */
export function duration(option: string, value: Duration): number {
  try {
    return parseDuration(value);
  } catch (cause) {
    const { message } = cause as AnonError;
    const code = isTooLong(value) ? "invalid_options" : "invalid_duration";
    throw new AnonError(code, message.replace("Cannot use", `Cannot use \`${option}\`, the`), { cause });
  }
}
