/**
 * One-time codes: each lets its bearer do one thing to one account.
 *
 * A code is stored under its hash, so only its bearer finds it. It is used by removing it against the very value that
 * was read, so that one of any number of requests with it continues. Its purpose is carried out afterwards: a crash in
 * between costs the code and nothing else.
 */
import type { Account } from "../account/account.ts";
import { fingerprint } from "../account/fingerprint.ts";
import { isAccountId } from "../account/id.ts";
import { liveSession } from "../account/sessions.ts";
import { primitives } from "../crypto/primitives-fast.ts";
import { randomCode } from "../crypto/random.ts";
import { AnonError } from "../errors.ts";
import type { Settings } from "../settings/collections.ts";
import { codeKey } from "../storage/keys.ts";
import type { Store } from "../storage/store.ts";
import { CODE_LENGTH, canonicalCode } from "./spelling.ts";

export type CodePurpose = "transfer" | "conversion" | "passwordReset" | "verification" | "emailChange";

/** What a code is bound to: it is valid only while all of it is unchanged. */
export interface CodeBinding {
  /** The account's fingerprint: another password, email or verification ends every code. */
  key: string;
  /** The session that asked for it, if one did: signing out ends its codes. */
  sid?: string;
  /** The recipient of its mail, if that is not the account's email. */
  email?: string;
}

/** Times are in milliseconds since the epoch. */
export interface Code {
  purpose: CodePurpose;
  /** The account's id. */
  id: string;
  at: number;
  expires: number;
  payload: CodeBinding;
  /** Until then no other request can hold it. */
  heldUntil?: number;
}

/** `text` is what was read, and must still be there when the code is used. */
export interface StoredCode extends Code {
  key: string;
  text: string;
}

export function bindingOf(account: Account, rest: Omit<CodeBinding, "key"> = {}): CodeBinding {
  return { key: fingerprint(account), ...rest };
}

export function isBound(account: Account, { key, sid }: CodeBinding, settings: Settings, now: number): boolean {
  return fingerprint(account) === key && (sid === undefined || liveSession(account, sid, settings, now) !== undefined);
}

/** The code is returned this once; only its hash is stored. */
export async function createCode(store: Store, collection: string, made: Code): Promise<string> {
  const code = randomCode(CODE_LENGTH);
  // no two codes are the same by chance
  if (await store.swap(keyOfCode(collection, code), null, format(made), made.expires)) return code;
  throw new AnonError("conflict", "Cannot make a code: the storage has it already, try again");
}

export async function findCode(
  store: Store,
  collection: string,
  purpose: CodePurpose,
  typed: string,
  now: number,
): Promise<StoredCode | null> {
  const canonical = canonicalCode(typed);
  if (canonical === null) return null;
  const key = keyOfCode(collection, canonical);
  const text = await store.readText(key);
  const code = text === null ? null : parse(text);
  return text !== null && code?.purpose === purpose && code.expires > now ? { ...code, key, text } : null;
}

/** Returns `true` to one of all requests with the code. */
export async function useCode(store: Store, { key, text }: StoredCode): Promise<boolean> {
  // a used code that a power loss brought back could be used twice, whatever the account is worth
  return await store.swap(key, text, null, null, { durable: true });
}

/**
 * Holds a code for one of all requests with it, which does something costly before it uses the code up. The others get
 * `null`. After a crash the code is valid again at `until`.
 */
export async function holdCode(store: Store, code: StoredCode, now: number, until: number): Promise<StoredCode | null> {
  if ((code.heldUntil ?? 0) > now) return null;
  const held: Code = { ...code, heldUntil: until };
  const text = format(held);
  const swapped = await store.swap(code.key, code.text, text, code.expires);
  return swapped ? { ...held, key: code.key, text } : null;
}

/** Makes a held code valid again at once, because its purpose was refused. */
export async function releaseCode(store: Store, held: StoredCode): Promise<void> {
  await store.swap(held.key, held.text, format({ ...held, heldUntil: undefined }), held.expires);
}

/** Removes a code that has expired, or is damaged. */
export async function forgetCode(store: Store, key: string, now: number): Promise<void> {
  const text = await store.readText(key);
  if (text !== null && dueOfCode(text) <= now) await store.swap(key, text, null);
}

/** When a code belongs in the due queue; a damaged one at once. */
export function dueOfCode(text: string): number {
  return parse(text)?.expires ?? 0;
}

/** What a stored code is for; `null` for a damaged one. */
export function purposeOfCode(text: string): CodePurpose | null {
  return parse(text)?.purpose ?? null;
}

function keyOfCode(collection: string, canonical: string): string {
  return codeKey(collection, primitives.sha256Hex(canonical));
}

function format({ purpose, id, at, expires, payload, heldUntil }: Code): string {
  return JSON.stringify({ v: 1, purpose, id, at, expires, payload, heldUntil });
}

function parse(text: string): Code | null {
  try {
    const { v, purpose, id, at, expires, payload, heldUntil } = JSON.parse(text) as Code & { v: number };
    const valid = v === 1 && isAccountId(id) && Number.isFinite(expires) && typeof payload?.key === "string";
    return valid ? { purpose, id, at, expires, payload, heldUntil } : null;
  } catch {
    return null;
  }
}
