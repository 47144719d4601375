/**
 * The only place that spells keys. They hold `[a-z0-9_:-]`, and none is another one plus `:` and more: a lock's
 * have four parts, all others three.
 *
 *     acc:<collection>:<id, in the spelling of account/id.ts>
 *     clm:<collection>:<kind>:<sha-256 in hex of what is locked>
 *     one:<collection>:<sha-256 in hex of an idempotency key>
 *     cod:<collection>:<sha-256 in hex of a one-time code>
 */

import { ofLowerCaseId, toLowerCaseId } from "../account/id.ts";

/** What one account at a time may own. */
export type LockKind = "email" | "username" | "identity";

/** The key of an account. */
export function accountKey(collection: string, id: string): string {
  return `acc:${collection}:${toLowerCaseId(id)}`;
}

/** What the keys of all accounts of a collection begin with; of `null`, of every collection. */
export function accountPrefix(collection: string | null): string {
  return collection === null ? "acc:" : `acc:${collection}:`;
}

/** The key of a uniqueness lock. What a person typed is hashed before it gets here. */
export function lockKey(collection: string, kind: LockKind, hash: string): string {
  return `clm:${collection}:${kind}:${hash}`;
}

/** What the keys of all uniqueness locks of a collection begin with; of `null`, of every collection. */
export function lockPrefix(collection: string | null): string {
  return collection === null ? "clm:" : `clm:${collection}:`;
}

/** What the keys of all reservations of a collection begin with; of `null`, of every collection. */
export function reservationPrefix(collection: string | null): string {
  return collection === null ? "one:" : `one:${collection}:`;
}

/** What the keys of all one-time codes of a collection begin with; of `null`, of every collection. */
export function codePrefix(collection: string | null): string {
  return collection === null ? "cod:" : `cod:${collection}:`;
}

/** The key of the reservation that all sign-ins with one idempotency key share. */
export function reservationKey(collection: string, hash: string): string {
  return `one:${collection}:${hash}`;
}

/** The key of a one-time code, of which nothing but the hash is stored. */
export function codeKey(collection: string, hash: string): string {
  return `cod:${collection}:${hash}`;
}

/** A key taken apart, or `null` when it is none of ours. */
export type ParsedKey =
  | { type: "account"; collection: string; id: string }
  | { type: "lock"; collection: string; kind: LockKind; hash: string }
  | { type: "reservation"; collection: string; hash: string }
  | { type: "code"; collection: string; hash: string };

const ACCOUNT = /^acc:([a-z][a-z0-9_]{0,62}):((?:[a-z0-9-]|_[a-z_]){1,64})$/;
const LOCK = /^clm:([a-z][a-z0-9_]{0,62}):(email|username|identity):([0-9a-f]{64})$/;
const SHORT_LIVED = /^(one|cod):([a-z][a-z0-9_]{0,62}):([0-9a-f]{64})$/;

/** Whether a key is an account's, for listings: {@link parseKey} without making an object of each. */
export function isAccountKey(key: string): boolean {
  return ACCOUNT.test(key);
}

/** The id in the key of an account. */
export function idOfAccountKey(key: string): string {
  return ofLowerCaseId(key.slice(key.lastIndexOf(":") + 1)) ?? "";
}

/** Takes a key apart. */
export function parseKey(key: string): ParsedKey | null {
  const [account, owner = ""] = ACCOUNT.exec(key) ?? [];
  if (account) return { type: "account", collection: owner, id: idOfAccountKey(key) };
  const [shortLived, prefix, collection = "", hash = ""] = SHORT_LIVED.exec(key) ?? [];
  if (shortLived) return { type: prefix === "one" ? "reservation" : "code", collection, hash };
  const [lock, locking = "", kind, locked = ""] = LOCK.exec(key) ?? [];
  return lock ? { type: "lock", collection: locking, kind: kind as LockKind, hash: locked } : null;
}
