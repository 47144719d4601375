/** Which keys and values Redis can give back exactly. */
import { Buffer } from "node:buffer";
import { DriverError } from "../shared/driver-error.ts";

/** 512 bytes: five times the longest key of an account, and far below what makes a sorted set slow. */
const MAX_KEY_BYTES = 512;

/** Refuses a key that would not come back as it is. */
export function checkKey(key: string): void {
  if (typeof key !== "string" || key === "") throw new DriverError("invalid_key", "Cannot use an empty key");
  if (!key.isWellFormed()) throw new DriverError("invalid_key", "Cannot use this key: it has a lone surrogate");
  // A code unit is at most three bytes of UTF-8, so only longer keys have to be counted.
  if (key.length * 3 > MAX_KEY_BYTES && Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new DriverError("invalid_key", `Cannot use a key of more than ${MAX_KEY_BYTES} bytes: shorten it`);
  }
}

/** Refuses a value that would not come back as it is. */
export function checkValue(value: string): void {
  if (typeof value !== "string") throw new DriverError("invalid_value", "Cannot store this value: use a string");
  if (!value.isWellFormed()) throw new DriverError("invalid_value", "Cannot store this value: it has a lone surrogate");
}

/** The string that was stored; bytes that are not UTF-8 were not written by this driver. */
export function decode(bytes: Buffer, key: string): string {
  const text = bytes.toString("utf8");
  if (text.includes("\ufffd") && !Buffer.from(text).equals(bytes)) {
    throw new DriverError("corrupt", `Cannot read ${key}: its value is not UTF-8`);
  }
  return text;
}
