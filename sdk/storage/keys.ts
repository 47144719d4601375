/**
 * The only place that spells keys. They hold `[a-z0-9_:-]`, and none is another one plus `:` and more: a claim's
 * have four parts, all others three.
 *
 *     acc:<collection>:<id>
 *     clm:<collection>:<kind>:<sha-256 in hex of what is claimed>
 *     one:<collection>:<sha-256 in hex of an idempotency key>
 *     cod:<collection>:<sha-256 in hex of a one-time code>
 */

/** What can be claimed. */
export type ClaimKind = "email" | "username" | "identity";

/** The key of an account. */
export function accountKey(collection: string, id: string): string {
  return `acc:${collection}:${id}`;
}

/** What the keys of all accounts of a collection begin with; of `null`, of every collection. */
export function accountPrefix(collection: string | null): string {
  return collection === null ? "acc:" : `acc:${collection}:`;
}

/** The key of a claim. What a person typed is hashed before it gets here. */
export function claimKey(collection: string, kind: ClaimKind, hash: string): string {
  return `clm:${collection}:${kind}:${hash}`;
}

/** What the keys of all promises of a collection begin with. */
export function promisePrefix(collection: string): string {
  return `one:${collection}:`;
}

/** What the keys of all one-time codes of a collection begin with. */
export function codePrefix(collection: string): string {
  return `cod:${collection}:`;
}

/** The key of the promise that all sign-ins with one idempotency key are one. */
export function promiseKey(collection: string, hash: string): string {
  return `one:${collection}:${hash}`;
}

/** The key of a one-time code, of which nothing but the hash is stored. */
export function codeKey(collection: string, hash: string): string {
  return `cod:${collection}:${hash}`;
}

/** A key taken apart, or `null` when it is none of ours. */
export type ParsedKey =
  | { type: "account"; collection: string; id: string }
  | { type: "claim"; collection: string; kind: ClaimKind; hash: string }
  | { type: "promise"; collection: string; hash: string }
  | { type: "code"; collection: string; hash: string };

const ACCOUNT = /^acc:([a-z][a-z0-9_]{0,62}):([a-z0-9]{15})$/;
const PROMISE = /^one:([a-z][a-z0-9_]{0,62}):([0-9a-f]{64})$/;
const CLAIM = /^clm:([a-z][a-z0-9_]{0,62}):(email|username|identity):([0-9a-f]{64})$/;
const CODE = /^cod:([a-z][a-z0-9_]{0,62}):([0-9a-f]{64})$/;

/** Whether a key is an account's: {@link parseKey} without what it makes of each, for listings. */
export function isAccountKey(key: string): boolean {
  return ACCOUNT.test(key);
}

/** Takes a key apart. */
export function parseKey(key: string): ParsedKey | null {
  const account = ACCOUNT.exec(key);
  if (account) return { type: "account", collection: account[1] as string, id: account[2] as string };
  const promise = PROMISE.exec(key);
  if (promise) return { type: "promise", collection: promise[1] as string, hash: promise[2] as string };
  const code = CODE.exec(key);
  if (code) return { type: "code", collection: code[1] as string, hash: code[2] as string };
  const claim = CLAIM.exec(key);
  if (!claim) return null;
  return {
    type: "claim",
    collection: claim[1] as string,
    kind: claim[2] as ClaimKind,
    hash: claim[3] as string,
  };
}
