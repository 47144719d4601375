/** Spans of time as people write them in options and flags. */

import { AnonError } from "../errors.ts";

const UNITS: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const ACCEPTED = 'use a whole number with ms, s, m, h, d or w ("30d"), or ISO 8601 ("P30D", "PT12H")';

/**
 * 1,000 years. A Date holds 270,000, but options are added to one another and to the time of an account: with this
 * bound every sum of them, before and after now, is a year of four digits, which is the only form that sorts as text.
 */
const MAXIMUM = 365_000 * 86_400_000;

const SHORT = /^(\d{1,15})(ms|s|m|h|d|w)$/;
const ISO = /^P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$/;

/**
 * Milliseconds of a duration: a number of milliseconds, `"30d"`, `"12h"`, `"90m"`, `"45s"`, `"500ms"`, `"2w"`, or ISO
 * 8601 without years and months, whose length varies. At most 365,000 days.
 *
 * @throws {AnonError} `invalid_duration`
 *
 * @example
 * ```ts
 * import { parseDuration } from "anon-accounts";
 *
 * console.assert(parseDuration("30d") === 30 * 24 * 60 * 60 * 1000);
 * console.assert(parseDuration("P1DT12H") === parseDuration("36h"));
 * ```
 */
export function parseDuration(duration: number | string): number {
  if (isTooLong(duration)) {
    throw new AnonError("invalid_duration", `Cannot use duration ${quoted(duration)}: use 365000d at most`);
  }
  const milliseconds = millisecondsOf(duration);
  if (!Number.isSafeInteger(milliseconds) || milliseconds < 0) {
    throw new AnonError("invalid_duration", `Cannot use duration ${quoted(duration)}: ${ACCEPTED}`);
  }
  return milliseconds;
}

/** Whether a duration is well-formed and over the maximum. */
export function isTooLong(duration: number | string): boolean {
  return millisecondsOf(duration) > MAXIMUM;
}

function millisecondsOf(duration: number | string): number {
  return typeof duration === "number" ? duration : parseText(duration);
}

function parseText(text: unknown): number {
  if (typeof text !== "string") return Number.NaN;
  const short = SHORT.exec(text);
  if (short) return Number(short[1]) * (UNITS[short[2] as string] as number);
  const iso = ISO.exec(text);
  // "P" and "P1DT" match every part as absent
  if (!iso || text.endsWith("P") || text.endsWith("T")) return Number.NaN;
  const [weeks, days, hours, minutes, seconds] = iso.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return ((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000;
}

function quoted(duration: unknown): string {
  const text = typeof duration === "string" || typeof duration === "number" ? String(duration) : typeof duration;
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
