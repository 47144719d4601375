/** What a run of gc is to do, checked before it begins. */

import type { GcOptions } from "../contract/retention.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { parseDuration } from "../settings/duration.ts";

const MAXIMUM_BATCH = 10_000;

/** One collection, or all of them where none is named, and its inactivity period in milliseconds. */
export interface GcPart {
  collection: string | undefined;
  /** `null`: nothing is collected there, and only what a dead process left is finished. */
  inactive: number | null;
}

/**
 * The parts of a run, in order.
 *
 * @throws {AnonError} `invalid_duration`, `invalid_options`, `unknown_collection`, `invalid_collection`
 */
export function planGc({ settings }: Engine, options: GcOptions): GcPart[] {
  const { olderThan, collection, limit = Number.POSITIVE_INFINITY, batch = MAXIMUM_BATCH } = options;
  checkWhole("limit", limit, Number.POSITIVE_INFINITY);
  checkWhole("batch", batch, MAXIMUM_BATCH);
  // a name is looked up only where one is given: there may be no collection of the default name
  const all = collection === undefined ? settings.configured : null;
  const meant = all ?? [settings.get(collection)];
  if (olderThan !== undefined) return [{ collection, inactive: parseDuration(olderThan) }];
  const parts = meant.map(({ name, retention }) => ({ collection: all ? name : collection, inactive: retention }));
  if (parts.some(({ inactive }) => inactive !== null)) return parts;
  throw new AnonError(
    "invalid_duration",
    'Cannot collect without an inactivity period: pass `olderThan`, such as "30d", or set `retention`',
  );
}

function checkWhole(name: string, value: number, maximum: number): void {
  if (value === maximum || (Number.isSafeInteger(value) && value >= 1 && value <= maximum)) return;
  throw new AnonError(
    "invalid_options",
    `Cannot use this \`${name}\`: use a whole number from 1${maximum < Number.POSITIVE_INFINITY ? ` to ${maximum}` : ""}`,
  );
}
