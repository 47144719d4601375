/**
 * One-time codes: each lets whoever has it do one thing to one account. Stored is the hash of a code, under which nobody
 * finds it who does not have it. It is used by removing it against the very value that was read, so that of any number who
 * come with it one goes on; what it is for is done afterwards, and a crash in between costs the code and nothing else.
 */
import { primitives } from "../crypto/primitives.ts";
import { randomCode } from "../crypto/random.ts";
import { AnonError } from "../errors.ts";
import { codeKey } from "../storage/keys.ts";
import type { Store } from "../storage/store.ts";
import { CODE_LENGTH, canonicalCode } from "./spelling.ts";

/** What a code stands for. Times are in milliseconds since the epoch. */
export interface Code<Payload extends object> {
  /** What it may be used for: another purpose does not find it. */
  purpose: string;
  /** The account's. */
  id: string;
  /** When it was made. */
  at: number;
  expires: number;
  /** What else its purpose needs to know; JSON. */
  payload: Payload;
}

/** A code as it was read: `text` is what must still be there when it is used. */
export interface Peeked<Payload extends object> extends Code<Payload> {
  key: string;
  text: string;
}

/**
 * Makes a code, which is answered this once.
 *
 * @throws {AnonError} `conflict`
 */
export async function createCode<Payload extends object>(
  store: Store,
  collection: string,
  { purpose, id, at, expires, payload }: Code<Payload>,
): Promise<string> {
  const code = randomCode(CODE_LENGTH);
  const text = JSON.stringify({ v: 1, purpose, id, at, expires, payload });
  // no two codes are the same by chance
  if (await store.swap(keyOfCode(collection, code), null, text, expires)) return code;
  throw new AnonError("conflict", "Cannot make a code: the storage has it already, try again");
}

/** What a code, as somebody typed it, stands for, if it is good for this. */
export async function peekCode<Payload extends object>(
  store: Store,
  collection: string,
  purpose: string,
  typed: string,
  now: number,
): Promise<Peeked<Payload> | null> {
  const canonical = canonicalCode(typed);
  if (canonical === null) return null;
  const key = keyOfCode(collection, canonical);
  const text = await store.readText(key);
  const code = text === null ? null : parse<Payload>(text);
  return text !== null && code?.purpose === purpose && code.expires > now ? { ...code, key, text } : null;
}

/** Uses a code up. `true` for one of all who come with it, before whatever it is for is done. */
export async function useCode(store: Store, { key, text }: Peeked<object>): Promise<boolean> {
  // a used code that a power loss brought back could be used twice, whatever the account is worth
  return await store.swap(key, text, null, null, { durable: true });
}

/**
 * Reserves a mailed token for the caller until `expires`, so that of any number of requests with it one does what is
 * costly. The caller releases it with {@link useCode}; after a crash it is free again when it expires.
 *
 * @returns `null` while it is reserved
 */
export async function reserveToken(
  store: Store,
  collection: string,
  { purpose, id, at, expires, payload }: Code<{ key: string }>,
): Promise<Peeked<object> | null> {
  const key = codeKey(collection, primitives.sha256Hex(`${purpose}:${id}:${payload.key}`));
  const present = await store.readText(key);
  if (present !== null && (parse(present)?.expires ?? 0) > at) return null;
  const text = JSON.stringify({ v: 1, purpose, id, at, expires, payload });
  const reserved = await store.swap(key, present, text, expires);
  return reserved ? { purpose, id, at, expires, payload, key, text } : null;
}

/** Removes a code that has expired. One that is damaged is good for nothing. */
export async function forgetCode(store: Store, key: string, now: number): Promise<void> {
  const text = await store.readText(key);
  if (text !== null && dueOfCode(text) <= now) await store.swap(key, text, null);
}

/** When a code belongs in the due queue; a damaged one at once. */
export function dueOfCode(text: string): number {
  return parse(text)?.expires ?? 0;
}

function keyOfCode(collection: string, canonical: string): string {
  return codeKey(collection, primitives.sha256Hex(canonical));
}

function parse<Payload extends object>(text: string): Code<Payload> | null {
  try {
    const { v, purpose, id, at, expires, payload } = JSON.parse(text) as Code<Payload> & { v: number };
    const valid = v === 1 && /^[a-z0-9]{15}$/.test(id) && Number.isFinite(expires) && typeof payload === "object";
    return valid && payload !== null ? { purpose, id, at, expires, payload } : null;
  } catch {
    return null;
  }
}
