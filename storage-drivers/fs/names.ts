/** How keys become file names, and times become directories. The only file that spells paths below the base. */
import { DriverError } from "../shared/driver-error.ts";

// A file name may have 255 bytes nearly everywhere; a takeover of a lock adds a dot and a token of at most 32.
const MAX_NAME = 220;
const PLAIN = /^[a-z0-9_-]+$/;
const ENCODED = /^(?:[a-z0-9_-]|%[0-9a-f]{2})+$/;

/** What stands for each byte of a key in its file name. */
const ENCODED_BYTES = Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  return PLAIN.test(char) ? char : `%${byte.toString(16).padStart(2, "0")}`;
});

/** How long a bucket of the queue is. */
export const BUCKET_MS = 600_000;

/** The file name of a key: only lower case, so that two keys stay two on a file system that ignores case. */
export function encodeKey(key: string): string {
  // before anything is encoded: every character takes a byte or more
  if (key.length > MAX_NAME) throw tooLong(key);
  if (PLAIN.test(key)) return key;
  if (key === "") throw new DriverError("invalid_key", "Cannot use the empty string as a key: give it a name");
  if (!key.isWellFormed()) {
    throw new DriverError("invalid_key", "Cannot use this key: it holds half of a surrogate pair, use valid Unicode");
  }
  let name = "";
  for (const byte of Buffer.from(key)) name += ENCODED_BYTES[byte];
  if (name.length > MAX_NAME) throw tooLong(key);
  return name;
}

function tooLong({ length }: string): DriverError {
  return new DriverError(
    "invalid_key",
    `Cannot use a key of ${length} characters: its file name would have more than ${MAX_NAME} bytes, shorten the key`,
  );
}

/** The key of a file name, or `null` when no key has this name. */
export function decodeKey(name: string): string | null {
  if (PLAIN.test(name)) return name;
  if (!ENCODED.test(name)) return null;
  try {
    const key = decodeURIComponent(name);
    return encodeKey(key) === name ? key : null;
  } catch {
    return null;
  }
}

/** Where the file of a key is: one of 256 directories, so that none of them grows beyond what lists quickly. */
export function dataPath(name: string): string {
  // FNV-1a; names are ASCII, so code units are bytes.
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  // Folded, because the last byte alone hardly depends on the first characters.
  const shard = (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & 0xff;
  return `data/${shard.toString(16).padStart(2, "0")}/${name}`;
}

/** The lock of the key with this file name. */
export function lockPath(name: string): string {
  return `locks/${name}`;
}

/** Where the owner of a lock writes the value that it is about to put in place. */
export function writePath(token: string): string {
  return `tmp/${token}`;
}

/** Where the owner of a lock moves the value that it deletes, and the lock itself. */
export function withdrawnPath(token: string): string {
  return `tmp/${token}.gone`;
}

/** The bucket of ten minutes that a time falls into; negative before 1970. */
export function bucketOf(due: number): number {
  return Math.floor(due / BUCKET_MS);
}

/** The bucket that a directory of the queue stands for, or `null` for anything else. */
export function parseBucket(directory: string): number | null {
  return /^(?:0|-?[1-9]\d{0,13})$/.test(directory) ? Number(directory) : null;
}
