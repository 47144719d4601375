/** Random identifiers, passwords and codes. */
import { createPool } from "./draw-fast.ts";

const drawOf = createPool((bytes) => crypto.getRandomValues(bytes));

const drawId = drawOf("abcdefghijklmnopqrstuvwxyz0123456789");
// Crockford's alphabet: no i, l, o, u, so a password can be read aloud
const drawPassword = drawOf("0123456789abcdefghjkmnpqrstvwxyz");
const drawCode = drawOf("0123456789ABCDEFGHJKMNPQRSTVWXYZ");

/** An account's id: 15 characters of `[a-z0-9]`, 77 bits. */
export function randomId(): string {
  return drawId(15);
}

/** A session's id or a nonce: 16 characters of `[a-z0-9]`, 82 bits. */
export function randomSessionId(): string {
  return drawId(16);
}

/** A random password: 26 characters of 5 bits each, 130 bits, so one SHA-256 protects it. */
export function randomPassword(): string {
  return drawPassword(26);
}

/** A one-time code for people to type, of at most 26 characters: upper case, 5 bits each. */
export function randomCode(length: number): string {
  return drawCode(length);
}
