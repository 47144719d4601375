/** Reading options. */

import type { Duration } from "../contract/records.ts";
import { AnonError } from "../errors.ts";
import { isTooLong, parseDuration } from "./duration.ts";

/**
 * An option that is an object of these keys, without those that are undefined, which would hide what they are merged over.
 * Others are refused: a bound or a list that is misspelt would be none.
 *
 * @throws {AnonError} `invalid_options`
 */
export function optionsOf<T extends object>(name: string, keys: Record<keyof T, true>, value: T | undefined): T {
  if (value === undefined) return {} as T;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new AnonError("invalid_options", `Cannot use this \`${name}\`: pass an object`);
  }
  checkKeys(`${name}.`, keys, value);
  return defined(value) as T;
}

/**
 * Refuses keys that are no options: one that is misspelt, or that an earlier version had, would be without effect.
 *
 * @param prefix What stands before a key in the message, such as `merge.`
 * @throws {AnonError} `invalid_options`
 */
export function checkKeys<T extends object>(prefix: string, keys: Record<keyof T, true>, value: T): void {
  const unknown = Object.keys(value).find((key) => !Object.hasOwn(keys, key));
  if (unknown === undefined) return;
  const known = Object.keys(keys).join(", ");
  throw new AnonError("invalid_options", `Cannot use \`${prefix}${unknown.slice(0, 64)}\`: there are ${known}`);
}

/** Without the keys that are present but undefined. */
export function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/**
 * The option's milliseconds, or a refusal that names it.
 *
 * @throws {AnonError} `invalid_options` for a duration over the maximum, `invalid_duration` for what is no duration
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
