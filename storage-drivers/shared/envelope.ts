/**
 * How the adapter writes keys and values so that no unstorage driver can change or confuse them.
 *
 * A key becomes one flat segment, `acc:users:x` → `anon.acc.users.x`: on fs-lite `a` and `a:b` cannot both exist, and
 * normalisation merges what looks like a path. The beginning keeps our keys apart from the application's own.
 * A value becomes `anon1;<due or ->;<value>`: destr leaves it alone, raw readers see no `base64:`, and the time it is
 * due lies in the same write.
 */
import { DriverError } from "./driver-error.ts";

const PREFIX = "anon.";
const KEY = /^[a-z0-9_-]+(?::[a-z0-9_-]+)*$/;
const STORED = /^anon\.[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;
const VALUE = /^anon1;(-|-?\d{1,16});/;
/** Longer names are refused by common file systems (255 bytes), also with a suffix of the driver's own. */
const MAX_KEY = 200;

/** A value and the time it is due, if any. */
export interface Envelope {
  value: string;
  due: number | null;
}

/** The stored name of a key. */
export function encodeKey(key: string): string {
  if (key.length > MAX_KEY || !KEY.test(key)) {
    const shown = JSON.stringify(key.slice(0, 60));
    throw new DriverError(
      "invalid_key",
      `Cannot use the key ${shown}: use segments of [a-z0-9_-] joined by ":", ${MAX_KEY} characters at most`,
    );
  }
  return PREFIX + key.replaceAll(":", ".");
}

/** The key of a stored name, or `null` when the adapter did not write it. */
export function decodeKey(name: string): string | null {
  return STORED.test(name) ? name.slice(PREFIX.length).replaceAll(".", ":") : null;
}

/** The stored form of a value. */
export function encodeValue(value: string, due: number | null): string {
  if (!value.isWellFormed()) {
    throw new DriverError("invalid_value", "Cannot store a lone surrogate exactly: write well-formed Unicode");
  }
  return `anon1;${due ?? "-"};${value}`;
}

/** The value of a stored form, or `null` when the adapter did not write it. */
export function decodeValue(stored: unknown): Envelope | null {
  const head = typeof stored === "string" ? VALUE.exec(stored) : null;
  if (!head) return null;
  return { value: (stored as string).slice(head[0].length), due: head[1] === "-" ? null : Number(head[1]) };
}
