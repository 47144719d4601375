/**
 * Fast twin of `iso-time.ts`: keeps the date of the days that were asked for lately, and the last time, because the `created` and
 * `updated` of a new account are equal and many sign-ins share a millisecond. On Node a Date and its text take longer than
 * reading an account.
 *
 * Paid for by the bench rows sign-in-memory and authenticate-sqlite. A test holds it to its twin.
 */
import { isoTime as plainTime } from "./iso-time.ts";

const DAY = 86_400_000;

/** The end of the year 9999: later years have more digits, as have those before the year 0. */
const END = 253_402_300_800_000;

/** A power of two: each day has one slot. */
const SLOTS = 256;

const days = new Int32Array(SLOTS).fill(-1);
const dates = new Array<string>(SLOTS).fill("");

let lastTime = Number.NaN;
let lastText = "";

/** A time in milliseconds since the epoch as ISO 8601. */
export function isoTime(time: number): string {
  if (time !== lastTime) {
    lastText = Number.isInteger(time) && time >= 0 && time < END ? textOf(time) : plainTime(time);
    lastTime = time;
  }
  return lastText;
}

function textOf(time: number): string {
  const day = Math.floor(time / DAY);
  const slot = day & (SLOTS - 1);
  if (days[slot] !== day) {
    dates[slot] = plainTime(time).slice(0, "2030-01-01T".length);
    days[slot] = day;
  }
  const rest = time - day * DAY;
  const seconds = Math.floor(rest / 1_000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const milliseconds = rest - seconds * 1_000;
  return `${dates[slot]}${two(hours)}:${two(minutes - hours * 60)}:${two(seconds - minutes * 60)}.${
    milliseconds < 100 ? "0" : ""
  }${two(milliseconds)}Z`;
}

/** At least two digits. */
function two(number: number): string {
  return number < 10 ? `0${number}` : `${number}`;
}
