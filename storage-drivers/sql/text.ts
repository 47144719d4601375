/** Which keys and values the driver accepts, and how it passes a list of them. */
import { DriverError } from "../shared/driver-error.ts";
import type { Value } from "./database.ts";

/** An entry of an index in PostgreSQL has room for 2,700 bytes; keys of accounts have up to 200. */
const MAX_KEY_BYTES = 512;

const LAST_CHARACTER = "\u{10ffff}";
const LAST_BEFORE_SURROGATES = 0xd7ff;

/**
 * Refuses what not every client can store and return as text. SQLite could hold a NUL; PostgreSQL cannot, and PGlite drops a
 * byte order mark at the beginning. Accounts are JSON, which has neither.
 */
export function checkValue(value: string): void {
  if (!value.isWellFormed()) {
    throw new DriverError("invalid_value", "Cannot store this value: it holds half of a surrogate pair, encode it");
  }
  if (value.includes("\0")) {
    throw new DriverError(
      "invalid_value",
      "Cannot store this value: it holds a NUL, which SQL text cannot hold, encode it",
    );
  }
  if (value.startsWith("\ufeff")) {
    throw new DriverError("invalid_value", "Cannot store this value: it begins with a byte order mark, remove it");
  }
}

export function checkKey(key: string): void {
  const isText = key.isWellFormed() && !key.includes("\0");
  if (isText && (key.length * 3 <= MAX_KEY_BYTES || bytesOf(key) <= MAX_KEY_BYTES)) return;
  throw new DriverError(
    "invalid_key",
    `Cannot use the key ${JSON.stringify(key.slice(0, 60))}: use well-formed Unicode without NUL, up to ${MAX_KEY_BYTES} bytes`,
  );
}

/**
 * The first text after all that begin with `prefix`, in the order of bytes; for the empty one, a text after every key.
 * Bounds are cheaper for a database than to compare beginnings.
 */
export function endOf(prefix: string): string {
  const characters = [...prefix];
  while (characters.at(-1) === LAST_CHARACTER) characters.pop();
  const last = characters.pop()?.codePointAt(0);
  if (last === undefined) return LAST_CHARACTER.repeat(MAX_KEY_BYTES);
  return characters.join("") + String.fromCodePoint(last === LAST_BEFORE_SURROGATES ? 0xe000 : last + 1);
}

/** An array in PostgreSQL's notation: clients differ in what they make of an array, and all pass a text. */
export function arrayLiteral(values: readonly Value[]): string {
  let text = "{";
  for (const value of values) {
    if (text.length > 1) text += ",";
    if (typeof value === "string") text += `"${value.replace(/["\\]/g, "\\$&")}"`;
    else text += value === null ? "NULL" : value;
  }
  return `${text}}`;
}

/** The length in UTF-8; without Node's `Buffer`, which Workers may not have. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
