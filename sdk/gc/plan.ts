/** Checks the options of gc, and splits it into runs with one inactivity period each. */

import type { GcOptions } from "../contract/retention.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { parseDuration } from "../settings/duration.ts";

/** The most that the option `batch` may be. */
export const MAXIMUM_BATCH = 10_000;

/** One run. */
export interface GcPart {
  /** `undefined`: all collections. */
  collection: string | undefined;
  /** The inactivity period in milliseconds. `null`: the run collects nothing and only finishes what dead processes left. */
  inactive: number | null;
}

/** @throws {AnonError} `invalid_duration`, `invalid_options`, `unknown_collection`, `invalid_collection` */
export function planGc({ settings }: Engine, options: GcOptions): GcPart[] {
  const {
    olderThan,
    collection,
    limit = Number.POSITIVE_INFINITY,
    batch = MAXIMUM_BATCH,
    dryRun,
    onCandidates,
  } = options;
  checkWhole("limit", limit, Number.POSITIVE_INFINITY);
  checkWhole("batch", batch, MAXIMUM_BATCH);
  if (onCandidates && !dryRun) {
    throw new AnonError("invalid_options", "Cannot use `onCandidates` in this run: it is for a `dryRun`");
  }
  // the default name is not looked up where collections are configured: it may not be among them
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
