/**
 * Uniqueness locks: the stored proof that one account owns an email, a username or an outside identity.
 *
 * A lock counts only together with its owner: an account that does not have the locked value does not own it. So a lock left
 * behind by a process that died takes nothing from any account. Taking a lock over is safe because
 *
 * 1. a change reads its account first, then acquires a lock of its own (with a nonce that no other has), and then swaps the
 *    account against what it read;
 * 2. the process that takes over reads the lock, reads the owner's account, swaps that account to the same with another
 *    `fence`, and then swaps the lock against what it read.
 *
 * If the owner's swap comes before the fence, the fence finds the account changed and the lock is judged again. If it comes
 * after, it finds the account changed by the fence, and the change starts again at 1. Removing a lock, and confirming one that
 * was left behind, begin with a fence too, the latter because a deletion relies on its locks being in the due queue when it
 * swaps the account. An account in quarantine owns nothing and is not fenced: restoring it fences it. No clock is involved;
 * `at` only keeps two processes at work at the same time from fencing each other for ever.
 *
 * Where the driver has `swapAll`, an account is first swapped together with new locks, which are confirmed from the beginning.
 * It is safe beside processes that only know the way above, older versions among them, because
 *
 * - no such lock is ever without its owner, so it gives a process that takes over, removes or confirms locks nothing to do, and
 *   no fence is needed, not even for an account that did not exist;
 * - it never replaces a lock. One that another process holds or left behind refuses it, and the way above then judges that lock;
 * - what it leaves is what the way above leaves after the confirmation.
 */
import type { Account } from "../account/account.ts";
import { dueOf } from "../account/activity.ts";
import { encodeAccount } from "../account/codec.ts";
import { canonicalEmail } from "../account/email.ts";
import { canonicalIdentity } from "../account/identity.ts";
import { canonicalUsername, guestIdOfUsername } from "../account/username.ts";
import { primitives } from "../crypto/primitives-fast.ts";
import { randomSessionId } from "../crypto/random.ts";
import { AnonError } from "../errors.ts";
import type { SettingsRegistry } from "../settings/collections.ts";
import { type LockKind, lockKey } from "./keys.ts";
import { isNoRoom } from "./read-around-damage.ts";
import { AGAIN, retry } from "./retry.ts";
import type { Store, StoredAccount } from "./store.ts";

/** What is stored under a lock's key. `at` is in milliseconds since the epoch. */
interface Lock {
  v: 1;
  id: string;
  nonce: string;
  at: number;
}

/** What locks and changes are made with. */
export interface LockContext {
  store: Store;
  settings: SettingsRegistry;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Something that one account at a time may own. */
export interface UniqueKey {
  key: string;
  kind: LockKind;
}

/** A lock that this process wrote. */
export interface HeldLock {
  collection: string;
  /** The account's. */
  id: string;
  key: string;
  text: string;
}

/** Due at the beginning of time: every gc sees locks that were not confirmed, whatever its cutoff. */
const UNCONFIRMED_DUE = 0;

/** For so long a change that has not ended is presumed to be under way. */
const LEASE_MS = 10_000;

/** The lock of a canonical email, username or identity. */
export function uniqueKey(collection: string, kind: LockKind, canonical: string): UniqueKey {
  return { key: lockKey(collection, kind, primitives.sha256Hex(canonical)), kind };
}

/** The id that a lock names, or `null` when there is no lock. The account decides whether it is the owner. */
export async function lockedBy(store: Store, key: string): Promise<string | null> {
  const text = await store.readText(key);
  return text === null ? null : decodeLock(key, text).id;
}

/**
 * Swaps an account together with new locks of all that is in `unique`. `false`: nothing has changed, because the account is
 * another one by now, or a lock is there. `null`: the driver cannot do this.
 *
 * @param expected The text that the account was read as, `null` for a new one
 */
export async function swapWithLocks(
  { store, now }: LockContext,
  key: string,
  expected: string | null,
  account: Account,
  due: number | null,
  unique: readonly UniqueKey[],
): Promise<boolean | null> {
  const text = newLock(account.id, now());
  const locks = unique.map((one) => ({ key: one.key, expected: null, next: text }));
  return await store.swapAll([{ key, expected, next: encodeAccount(account), due }, ...locks], { durable: true });
}

/**
 * Writes a lock for the account `id`, after that was read and before it is swapped. Until it is confirmed it stands in the due
 * queue, so that gc removes it if this process dies.
 *
 * @throws {AnonError} `email_taken`, `username_taken` or `identity_taken` when another account owns the value or is about to;
 * `conflict`
 */
export async function acquireLock(
  context: LockContext,
  collection: string,
  id: string,
  { key, kind }: UniqueKey,
): Promise<HeldLock> {
  const { store } = context;
  return await retry(`use this ${kind}`, async (attempt) => {
    // nearly always there is none, which the swap finds out by itself
    const present = attempt === 0 ? null : await store.readText(key);
    if (present !== null) {
      const lock = decodeLock(key, present);
      if (lock.id !== id && !(await takeFrom(context, collection, key, lock))) {
        throw taken(kind);
      }
    }
    const text = newLock(id, context.now());
    const written = await store.swap(key, present, text, UNCONFIRMED_DUE, { durable: true });
    return written ? { collection, id, key, text } : AGAIN;
  });
}

/**
 * Whether `acquireLock` would succeed now, without writing anything.
 *
 * @throws {AnonError} `email_taken`, `username_taken` or `identity_taken`
 */
export async function checkFree(
  { store }: LockContext,
  collection: string,
  id: string,
  { key, kind }: UniqueKey,
): Promise<void> {
  const other = await lockedBy(store, key);
  const owner = other === null || other === id ? null : await store.readAccount(collection, other);
  if (owner && lockKeysOf(owner.account).includes(key)) throw taken(kind);
}

/** Takes a lock whose account now owns the value out of the due queue. */
export async function confirmLock(store: Store, lock: HeldLock): Promise<void> {
  // not swapped: another process confirmed it, or will with a lock for the same account
  await store.swap(lock.key, lock.text, lock.text, null, { durable: true });
}

/** Whether the account owns something that it does not own any more as `next`; `null`: it is removed. */
export function losesLocks(account: Account, next: Account | null): boolean {
  if (!next) return true;
  const { email, username, identities } = account;
  // hashing is left out where nothing that is owned changed, which is nearly always
  if (email === next.email && username === next.username && identities === next.identities) return false;
  const owned = lockKeysOf(account);
  if (owned.length === 0) return false;
  const kept = new Set(lockKeysOf(next));
  return owned.some((key) => !kept.has(key));
}

/**
 * Puts the locks of an account back in the due queue before it loses any, so that gc finds what a dying process leaves. Where
 * there is no room for that, the change goes on all the same, because a deletion makes room: a lock that is left then owns
 * nothing, and the next account that wants it takes it over.
 */
export async function reopenLocks({ store, now }: LockContext, account: Account): Promise<HeldLock[]> {
  const held: HeldLock[] = [];
  const { collection, id } = account;
  for (const key of lockKeysOf(account)) {
    const present = await store.readText(key);
    if (present === null || decodeLock(key, present).id !== id) continue;
    const text = newLock(id, now());
    // not swapped: a newer lock of the same account is in the queue, and the process that confirms it fences this change
    try {
      if (!(await store.swap(key, present, text, UNCONFIRMED_DUE))) continue;
      held.push({ collection, id, key, text });
    } catch (error) {
      if (!isNoRoom(error)) throw error;
      held.push({ collection, id, key, text: present });
    }
  }
  return held;
}

/** Removes locks of what their account does not own; those of what it owns after all are confirmed. */
export async function releaseLocks(context: LockContext, held: readonly HeldLock[]): Promise<void> {
  for (const id of new Set(held.map((one) => one.id))) {
    const own = held.filter((one) => one.id === id);
    await judgeLocks(context, own);
  }
}

/**
 * What gc does with a lock that it finds in the due queue: confirms one whose account owns the value, removes one whose account
 * does not, and leaves one that is younger than a change takes.
 */
export async function healLock(context: LockContext, collection: string, key: string): Promise<void> {
  const { store } = context;
  const text = await store.readText(key);
  if (text === null) return void (await store.swap(key, null, null));
  const lock = decodeLock(key, text);
  if (isYoung(lock, context.now())) return;
  await judgeLocks(context, [{ collection, id: lock.id, key, text }]).catch((error) => {
    // an account that is changed all the time: the next run looks again
    if (!(error instanceof AnonError) || error.code !== "conflict") throw error;
  });
}

/** Confirms or removes locks of one account, which is fenced once for all of them. */
async function judgeLocks(context: LockContext, locks: readonly HeldLock[]): Promise<void> {
  const { store } = context;
  const [{ collection = "", id = "" } = {}] = locks;
  await retry("settle the locks of this account", async () => {
    const owner = await store.readAccount(collection, id);
    // a change of the owner may be relying on such a lock, or a deletion on its being in the due queue: whatever began with an
    // older reading of the account must fail before a lock is removed or confirmed
    if (owner && !(await fence(context, owner))) return AGAIN;
    const owned = new Set(owner ? lockKeysOf(owner.account) : []);
    const judge = ({ key, text }: HeldLock): Promise<boolean> =>
      store.swap(key, text, owned.has(key) ? text : null, null, { durable: owned.has(key) });
    await Promise.all(locks.map(judge));
    return null;
  });
}

/** Whether the lock may be taken from its account; if so no change of that account can rely on it any more. */
async function takeFrom(context: LockContext, collection: string, key: string, lock: Lock): Promise<boolean> {
  return await retry("take over this lock", async () => {
    const owner = await context.store.readAccount(collection, lock.id);
    if (!owner) return true;
    if (lockKeysOf(owner.account).includes(key) || isYoung(lock, context.now())) return false;
    return (await fence(context, owner)) ? true : AGAIN;
  });
}

/** Changes an account in nothing but its fence, so that every swap against an older reading of it fails. */
function fence({ store, settings }: LockContext, owner: StoredAccount): Promise<boolean> {
  const { account } = owner;
  const due = dueOf(account, settings.get(account.collection));
  return store.replace(owner, { ...account, fence: account.fence + 1 }, due);
}

/** The keys of what an account owns; a guest's email and username follow from its id and need no lock. */
function lockKeysOf(account: Account): string[] {
  if (account.anonymous) return [];
  const { collection } = account;
  const email = canonicalEmail(account.email);
  const username = canonicalUsername(account.username);
  const owned = (account.identities ?? []).map((one) => uniqueKey(collection, "identity", canonicalIdentity(one)));
  if (email) owned.push(uniqueKey(collection, "email", email));
  if (username && guestIdOfUsername(username) === null) owned.push(uniqueKey(collection, "username", username));
  return owned.map(({ key }) => key);
}

function taken(kind: LockKind): AnonError {
  return new AnonError(`${kind}_taken`, `Cannot use this ${kind}: another account has it`);
}

function newLock(id: string, now: number): string {
  return JSON.stringify({ v: 1, id, nonce: randomSessionId(), at: now } satisfies Lock);
}

function decodeLock(key: string, text: string): Lock {
  let lock: Lock | null = null;
  try {
    lock = JSON.parse(text) as Lock;
  } catch {
    // refused below
  }
  if (lock?.v !== 1 || typeof lock.id !== "string" || typeof lock.at !== "number") {
    throw new AnonError("storage_corrupt", `Cannot read the lock at key "${key}": it does not have the shape of one`);
  }
  return lock;
}

/** Also for one from the near future: the clocks of several machines differ. */
function isYoung(lock: Lock, now: number): boolean {
  return Math.abs(now - lock.at) < LEASE_MS;
}
