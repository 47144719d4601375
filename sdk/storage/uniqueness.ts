/**
 * Claims: the stored proof that one account owns an email, a username or an outside identity.
 *
 * A claim counts only together with its owner: an account that does not have the claimed value does not own it. So a
 * claim left behind by a process that died takes nothing from anybody. Taking a claim over is safe because
 *
 * 1. whoever converts reads its account first, then installs a claim of its own (with a nonce nobody else has), and
 *    then swaps the account against what it read;
 * 2. whoever takes over reads the claim, reads the owner's account, swaps that account to the same with another fence,
 *    and then swaps the claim against what it read.
 *
 * If the owner's swap comes before the fence, the fence finds the account changed and the claim is judged again. If it
 * comes after, it finds the account changed by the fence, and the conversion starts again at 1. Removing a claim and
 * settling a deserted one begin with a fence too, the latter because a deletion relies on its claims being in the due
 * queue when it swaps the account. An account in quarantine is nobody's owner and is not fenced: restoring it fences it.
 * No clock is involved; `at` only keeps two who are at work at the same time from fencing each other for ever.
 */

import type { Account } from "../account/account.ts";
import { canonicalEmail } from "../account/email.ts";
import { canonicalIdentity } from "../account/identity.ts";
import { canonicalUsername, guestIdOfUsername } from "../account/username.ts";
import { primitives } from "../crypto/primitives.ts";
import { randomSessionId } from "../crypto/random.ts";
import { AnonError } from "../errors.ts";
import { type ClaimKind, claimKey } from "./keys.ts";
import { isNoRoom } from "./read-around-damage.ts";
import type { Read, Store } from "./store.ts";

/** What is stored under a claim's key. `at` is in milliseconds since the epoch. */
interface Claim {
  v: 1;
  id: string;
  nonce: string;
  at: number;
}

/** What claims are handled with. */
export interface ClaimContext {
  store: Store;
  /** Where an account belongs in the due queue, so that fencing one leaves it there. */
  dueOf: (account: Account) => number | null;
  /** Milliseconds since the epoch. */
  now: number;
}

/** A claim this process installed. */
export interface HeldClaim {
  collection: string;
  /** The account's. */
  id: string;
  key: string;
  text: string;
}

/** Due at the beginning of time: every gc sees claims that were not settled, whatever its cutoff. */
const UNSETTLED_DUE = 0;

/** For so long a conversion that has not finished is presumed to be under way. */
const LEASE_MS = 10_000;

const MAXIMUM_ATTEMPTS = 64;

/** The key under which a canonical email, username or identity is claimed. */
export function keyOfClaim(collection: string, kind: ClaimKind, canonical: string): string {
  return claimKey(collection, kind, primitives.sha256Hex(canonical));
}

/** The id a claim names, or `null` when nobody claims that. The account decides whether it is the owner. */
export async function claimedId(store: Store, key: string): Promise<string | null> {
  const text = await store.readText(key);
  return text === null ? null : decodeClaim(key, text).id;
}

/**
 * Installs a claim for the account `id`, after that was read and before it is swapped. Until it is settled it stands in
 * the due queue, so that gc removes it if this process dies.
 *
 * @returns the claim, or `null` when another account owns the value or is about to
 */
export async function installClaim(
  context: ClaimContext,
  collection: string,
  key: string,
  id: string,
): Promise<HeldClaim | null> {
  for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt++) {
    const present = await context.store.readText(key);
    if (present !== null) {
      const claim = decodeClaim(key, present);
      if (claim.id !== id && !(await takeFrom(context, collection, key, claim))) return null;
    }
    const text = newClaim(id, context.now);
    if (await context.store.swap(key, present, text, UNSETTLED_DUE, { durable: true }))
      return { collection, id, key, text };
  }
  throw new AnonError(
    "conflict",
    "Cannot claim this email, username or identity: too many try to at the same time, try again",
  );
}

/** Takes a claim whose account now owns the value out of the due queue. */
export async function settleClaim(store: Store, claim: HeldClaim): Promise<void> {
  // not swapped: somebody else settled it already, or will with a claim for the same account
  await store.swap(claim.key, claim.text, claim.text, null, { durable: true });
}

/** Whether the account owns something that it does not own any more as `next`. */
export function losesClaims(account: Account, next: Account): boolean {
  const kept = new Set(claimKeysOf(next));
  return claimKeysOf(account).some((key) => !kept.has(key));
}

/**
 * Puts the claims of an account in the due queue before it loses any, so that gc finds what a dying process leaves. Where
 * there is no room for that, the deletion goes on all the same, because it makes room: a claim that is left then owns
 * nothing, and the next account that wants it takes it over.
 */
export async function unsettleClaims(context: ClaimContext, account: Account): Promise<HeldClaim[]> {
  const held: HeldClaim[] = [];
  const { collection, id } = account;
  for (const key of claimKeysOf(account)) {
    const present = await context.store.readText(key);
    if (present === null || decodeClaim(key, present).id !== id) continue;
    const text = newClaim(id, context.now);
    // not swapped: a newer claim of the same account is in the queue, and whoever settles it fences this deletion
    try {
      if (!(await context.store.swap(key, present, text, UNSETTLED_DUE))) continue;
      held.push({ collection, id, key, text });
    } catch (error) {
      if (!isNoRoom(error)) throw error;
      held.push({ collection, id, key, text: present });
    }
  }
  return held;
}

/** Gives claims back that their account did not come to own; those that it owns after all are settled. */
export async function releaseClaims(context: ClaimContext, held: readonly HeldClaim[]): Promise<void> {
  for (const id of new Set(held.map((one) => one.id))) {
    const own = held.filter((one) => one.id === id);
    await judgeClaims(context, id, own);
  }
}

/**
 * What gc does with a claim it finds in the due queue: settles one whose account owns the value, removes one whose
 * account does not, and leaves one that is younger than a conversion takes.
 */
export async function healClaim(context: ClaimContext, collection: string, key: string): Promise<void> {
  const text = await context.store.readText(key);
  if (text === null) return void (await context.store.swap(key, null, null));
  const claim = decodeClaim(key, text);
  const { id } = claim;
  if (!isYoung(claim, context.now)) await judgeClaims(context, id, [{ collection, id, key, text }]);
}

/** Settles or removes claims of one account, which is fenced once for all of them. */
async function judgeClaims(context: ClaimContext, id: string, claims: readonly HeldClaim[]): Promise<void> {
  const { store } = context;
  const [{ collection = "" } = {}] = claims;
  for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt++) {
    const owner = await store.readAccount(collection, id);
    // a conversion of the owner's may be relying on such a claim, or a deletion on its being in the due queue: whatever
    // was begun with an older reading of the account must fail before a claim goes or is settled
    if (owner && !(await fence(context, owner))) continue;
    const owned = new Set(owner ? claimKeysOf(owner.account) : []);
    const judge = ({ key, text }: HeldClaim): Promise<boolean> =>
      store.swap(key, text, owned.has(key) ? text : null, null, { durable: owned.has(key) });
    await Promise.all(claims.map(judge));
    return;
  }
}

/** Whether the claim may be taken from its account; if so no conversion of that account can rely on it any more. */
async function takeFrom(context: ClaimContext, collection: string, key: string, claim: Claim): Promise<boolean> {
  for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt++) {
    const owner = await context.store.readAccount(collection, claim.id);
    if (!owner) return true;
    if (claimKeysOf(owner.account).includes(key) || isYoung(claim, context.now)) return false;
    if (await fence(context, owner)) return true;
  }
  return false;
}

/** Changes an account in nothing but its fence, so that every swap against an older reading of it fails. */
function fence(context: ClaimContext, owner: Read): Promise<boolean> {
  const { account } = owner;
  return context.store.replace(owner, { ...account, fence: account.fence + 1 }, context.dueOf(account));
}

/** The keys of what an account owns; a guest's email and username follow from its id and need no claim. */
function claimKeysOf(account: Account): string[] {
  if (account.anonymous) return [];
  const { collection } = account;
  const email = canonicalEmail(account.email);
  const username = canonicalUsername(account.username);
  const identities = account.identities ?? [];
  return [
    ...identities.map((one) => keyOfClaim(collection, "identity", canonicalIdentity(one))),
    ...(email ? [keyOfClaim(collection, "email", email)] : []),
    ...(username && guestIdOfUsername(username) === null ? [keyOfClaim(collection, "username", username)] : []),
  ];
}

function newClaim(id: string, now: number): string {
  return JSON.stringify({ v: 1, id, nonce: randomSessionId(), at: now } satisfies Claim);
}

function decodeClaim(key: string, text: string): Claim {
  let claim: Claim | null = null;
  try {
    claim = JSON.parse(text) as Claim;
  } catch {
    // told below
  }
  if (claim?.v !== 1 || typeof claim.id !== "string" || typeof claim.at !== "number") {
    throw new AnonError("storage_corrupt", `Cannot read the claim at key "${key}": it does not have the shape of one`);
  }
  return claim;
}

/** Also for one from the near future: the clocks of several machines differ. */
function isYoung(claim: Claim, now: number): boolean {
  return Math.abs(now - claim.at) < LEASE_MS;
}
