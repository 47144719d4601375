/** One storage shared by several processes, with a clock that a test moves, and checks of its final state. */
import assert from "node:assert/strict";
import type { Account } from "../../sdk/account/account.ts";
import { activeUntil } from "../../sdk/account/activity.ts";
import { decodeAccount } from "../../sdk/account/codec.ts";
import { canonicalEmail, guestIdOfEmail } from "../../sdk/account/email.ts";
import { canonicalIdentity } from "../../sdk/account/identity.ts";
import { canonicalUsername, guestIdOfUsername } from "../../sdk/account/username.ts";
import type { AnonOptions } from "../../sdk/contract/options.ts";
import type { GcReport } from "../../sdk/contract/retention.ts";
import { createEngine, type Engine } from "../../sdk/engine.ts";
import { AnonError } from "../../sdk/errors.ts";
import { convert } from "../../sdk/operations/convert.ts";
import { findByEmail } from "../../sdk/operations/find-by-email.ts";
import { gc } from "../../sdk/operations/gc.ts";
import { signInAnonymously } from "../../sdk/operations/sign-in-anonymously.ts";
import { signInWithPassword } from "../../sdk/operations/sign-in-with-password.ts";
import { foreignHash } from "../../sdk/passwords/foreign.ts";
import { hashRandomPassword } from "../../sdk/passwords/hash.ts";
import { isRandomPassword, verifyPassword } from "../../sdk/passwords/verify.ts";
import { handleOf } from "../../sdk/storage/driver-handle.ts";
import { accountKey, parseKey } from "../../sdk/storage/keys.ts";
import { readByIdentity } from "../../sdk/storage/lookup.ts";
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import { uniqueKey } from "../../sdk/storage/uniqueness.ts";
import memory from "../../storage-drivers/memory.ts";

const SECRET = "a secret of at least 32 characters, for tests only";

export const HOUR = 3_600_000;
/** Longer than the lease of a lock. */
export const LEASE = 11_000;
export const PASSWORD = "correct horse";
/** bcrypt of it, by another implementation. */
export const BCRYPT_HASH = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";

/** A storage and a clock. */
export interface World {
  driver: AtomicDriver;
  now: number;
  /** A new process, which uses the driver `through`. */
  process(through?: AtomicDriver): Engine;
}

/** Options of a world. */
export interface WorldOptions {
  driver?: AtomicDriver;
  settings?: Partial<AnonOptions>;
  /** A fast hash, because the order of the steps is tested. The default has the form of a guest's random password. */
  hashPassword?: (password: string) => Promise<string>;
}

/** An empty world, on the memory driver by default. */
export function createWorld({
  driver = memory(),
  settings = { sessionTtl: "30d", activityResolution: "1h" },
  hashPassword = async (password) => hashRandomPassword(password, "salt"),
}: WorldOptions = {}): World {
  const world: World = {
    driver,
    now: 1_700_000_000_000,
    process: (through = driver) => ({
      ...createEngine(
        { storage: through, secret: SECRET, limits: false, now: () => world.now, ...settings },
        handleOf(through),
        (action) => action(),
      ),
      hashPassword,
      verifyPassword: verifyFast,
    }),
  };
  return world;
}

/** Omits the Argon2id hash of a wrong password: the scheduler of the orders supports waiting for storage only. */
async function verifyFast(stored: string | null, password: string): Promise<boolean> {
  const foreign = stored === null ? null : foreignHash(stored);
  if (foreign) return await foreign.verify(password);
  return stored?.startsWith("$argon2id$") ? await verifyPassword(stored, password) : isRandomPassword(stored, password);
}

/** A gc with a cutoff so early that it collects no account and only heals locks. */
export async function heal(engine: Engine): Promise<GcReport> {
  return await gc(engine, { olderThan: engine.now() - 1 });
}

/** Every stored account. */
export async function accountsOf(world: World): Promise<Account[]> {
  const accounts: Account[] = [];
  for await (const key of world.driver.keys("acc:")) {
    const parsed = parseKey(key);
    assert(parsed?.type === "account", `a key of the SDK: ${key}`);
    const text = await world.driver.read(key);
    if (text !== null) accounts.push(decodeAccount(parsed.collection, parsed.id, key, text));
  }
  return accounts;
}

/** The whole due queue. */
export async function dueOf(world: World): Promise<Map<string, number>> {
  const due = new Map<string, number>();
  let cursor: string | null = null;
  do {
    const page = await world.driver.due(Number.MAX_SAFE_INTEGER, { limit: 1000, cursor });
    for (const entry of page.entries) due.set(entry.key, entry.due);
    cursor = page.cursor;
  } while (cursor !== null);
  return due;
}

/** The keys of the locks that an account must own. */
export function locksOwnedBy(account: Account): string[] {
  if (account.anonymous) return [];
  const { collection, identities = [] } = account;
  const email = canonicalEmail(account.email);
  const username = canonicalUsername(account.username);
  assert(email !== null, "a registered account has one");
  const keys = identities.map((one) => uniqueKey(collection, "identity", canonicalIdentity(one)).key);
  // a guest's email and username follow from its id, so they need no lock
  if (guestIdOfEmail(email) === null) keys.push(uniqueKey(collection, "email", email).key);
  // an imported account without one has one that finds no account
  if (username !== null && guestIdOfUsername(username) === null)
    keys.push(uniqueKey(collection, "username", username).key);
  return keys;
}

/** Checks what must always hold, also after a crash and before healing. */
export async function checkAlways(world: World): Promise<void> {
  const engine = world.process();
  const owners = new Map<string, string>();
  for (const account of await accountsOf(world)) {
    for (const key of locksOwnedBy(account)) {
      assert.equal(owners.get(key), undefined, `two accounts own ${key}`);
      owners.set(key, account.id);
      const lock = await world.driver.read(key);
      assert(lock !== null, "what an account owns is locked");
      assert.equal((JSON.parse(lock) as { id: string }).id, account.id, "and the lock names that account");
    }
    if (!account.anonymous) {
      const found = await findByEmail(engine, account.email.toUpperCase());
      assert.equal(found?.id, account.id, "a registered account is found by its email");
      for (const identity of account.identities ?? []) {
        const owner = await readByIdentity(engine.store, account.collection, identity);
        assert.equal(owner?.account.id, account.id, "and by its identities");
      }
    }
  }
}

/**
 * Heals, and checks that crashes left nothing behind: every lock is owned and confirmed, the due queue holds exactly the
 * guests, owners can sign in, and no other account can take their emails. `emails` are the contested ones: each must be
 * owned or free.
 */
export async function checkHealed(world: World, emails: readonly string[]): Promise<void> {
  await checkAlways(world);
  world.now += LEASE;
  const engine = world.process();
  await heal(engine);
  await checkAlways(world);
  const accounts = await accountsOf(world);
  const due = await dueOf(world);
  const owned = new Set(accounts.flatMap(locksOwnedBy));
  for await (const key of world.driver.keys("clm:")) {
    assert(owned.has(key), `no lock is held for an account that does not own it: ${key}`);
  }
  const settings = engine.settings.get("users");
  const expected = new Map(
    accounts
      .filter(({ anonymous }) => anonymous)
      .map((guest) => [accountKey("users", guest.id), activeUntil(guest, settings)]),
  );
  assert.deepEqual(
    new Map([...due].sort()),
    new Map([...expected].sort()),
    "the due queue holds every guest and nothing else",
  );

  const other = await signInAnonymously(engine);
  for (const email of emails) {
    const owner = accounts.find((account) => !account.anonymous && account.email === email);
    const outcome = await convert(engine, other.token, { email, password: PASSWORD }).catch((error) => error);
    if (owner) {
      assert(
        outcome instanceof AnonError && outcome.code === "email_taken",
        `${email} belongs to its owner: ${outcome}`,
      );
      assert.equal((await signInWithPassword(engine, email, PASSWORD)).record.id, owner.id);
    } else {
      assert.equal(outcome.record?.email, email, `${email} is free: ${outcome}`);
      return;
    }
  }
}
