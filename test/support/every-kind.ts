/** A storage with every kind of key and account, to be moved elsewhere, and what must be there afterwards. */
import assert from "node:assert/strict";
import { decodeAccount } from "../../sdk/account/codec.ts";
import type { Marks } from "../../sdk/account/optional-state.ts";
import { type AccountState, stateOf } from "../../sdk/account/state.ts";
import { type CodePurpose, purposeOfCode } from "../../sdk/codes/code.ts";
import type { AnonOptions } from "../../sdk/contract/options.ts";
import { hashChosenPassword } from "../../sdk/passwords/hash.ts";
import * as keys from "../../sdk/storage/keys.ts";
import type { AtomicDriver, StoredEntry } from "../../sdk/storage/port.ts";
import { DAY, PASSWORD, SECOND, setUp } from "./sdk.ts";

const GITHUB = { provider: "github", subject: "583231" };
const IDEMPOTENCY_KEY = "a-key-of-one-sign-in";
const COLLECTIONS = { users: {}, customers: {} };
const OPTIONS: Partial<AnonOptions> = { quarantine: "30d", retention: "5d", sessionTtl: "90d", limits: false };

/** What must still work after a move. */
export interface EveryKind {
  /** The time of the test's clock at the end. */
  now: number;
  tokens: string[];
  /** Transfer codes, each with its collection. */
  codes: [code: string, collection: "users" | "customers"][];
  /** The id of the account of a reservation. */
  reserved: string;
  quarantined: string;
  held: string;
  imported: string;
  /** The tokens of a merge that was begun. */
  begun: { anonymous: string; account: string };
}

/**
 * Stores guests, registered accounts with a password and with identities, a merged guest, a merge that was begun, accounts on
 * hold, warned and in quarantine, sessions, every code, a reservation, an unconfirmed lock, accounts of a second collection,
 * and `more` accounts of most of these kinds.
 */
export async function storeEveryKind(driver: AtomicDriver, more = 40): Promise<EveryKind> {
  const options = { ...OPTIONS, collections: COLLECTIONS };
  const { anon, clock } = setUp(driver, options);
  const now = () => clock.now;
  const old = await anon.signInAnonymously();
  const quarantined = Math.floor(more / 10);
  await inBatches(quarantined, (index) => anon.signInAnonymously({ collection: collectionOf(index) }));
  clock.now += 2 * DAY;
  await anon.signInAnonymously();
  clock.now += 4 * DAY;
  assert.equal((await anon.admin.gc()).quarantined, quarantined + 1);
  const { anon: warning } = setUp(driver, { ...options, now, warning: "2d", hooks: { beforeExpiry: () => undefined } });
  assert.equal((await warning.admin.gc()).warned, 1);

  const tokens: string[] = [];
  const codes: EveryKind["codes"] = [];
  const passwordHash = await hashChosenPassword(PASSWORD);
  await inBatches(more - quarantined, async (index) => {
    // each has a due time of its own, and none of the codes expires
    clock.now += SECOND / 2;
    const collection = collectionOf(index);
    const kind = index % 10;
    if (kind === 0) {
      const { record } = await anon.signInAnonymously({ collection });
      await anon.admin.hold({ id: record.id, collection }, { reason: `case ${index}` });
    } else if (kind === 1) {
      tokens.push((await anon.signInAnonymously({ collection, idempotencyKey: `the-key-of-sign-in-${index}` })).token);
    } else if (kind <= 7) {
      const data = { note: `naïve "quotes"\\ \n\u2028 {braces} NULL ,😀 ${index}` };
      tokens.push((await anon.signInAnonymously({ collection, data })).token);
    } else {
      const identity = { provider: "oidc.example", subject: `subject ${index}` };
      await anon.admin.importAccount({
        id: `Imported_${index}`,
        collection,
        email: `Person${index}@example.com`,
        username: `Person-${index}`,
        verified: index % 2 === 0,
        identities: [identity],
        passwordHash,
        fields: { plan: "pro" },
      });
      if (kind === 9) {
        const signedIn = await anon.signInWithIdentity(identity, { collection });
        assert.ok(signedIn);
        tokens.push(signedIn.token);
        codes.push([(await anon.createTransferCode(signedIn.token, { expiresIn: "24h" })).code, collection]);
      }
    }
  });

  const held = await anon.signInAnonymously();
  await anon.admin.hold(held.record.id, { reason: "case 17" });
  const ada = await anon.register({ email: "ada@example.com", username: "ada", password: PASSWORD });
  for (let device = 0; device < 3; device++) {
    tokens.push((await anon.signInWithPassword("ada@example.com", PASSWORD)).token);
  }
  await anon.admin.link(ada.id, GITHUB);
  const other = await anon.convertWithIdentity((await anon.signInAnonymously()).token, { ...GITHUB, subject: "2" });
  tokens.push(other.token);
  const guest = await anon.signInAnonymously();
  await anon.merge({ anonymous: guest.token, account: other.token });
  const begun = { anonymous: (await anon.signInAnonymously()).token, account: other.token };
  const failing = (): never => {
    throw new Error("Cannot move the data now");
  };
  const { anon: interrupted } = setUp(driver, { ...options, now, hooks: { merge: failing } });
  await assert.rejects(interrupted.merge(begun));
  codes.push([(await anon.createTransferCode(other.token, { expiresIn: "24h" })).code, "users"]);
  const converting = await anon.signInAnonymously();
  assert.ok(await anon.requestConversion(converting.token, { email: "grace@example.com" }));
  assert.ok(await anon.requestPasswordReset("ada@example.com"));
  assert.ok(await anon.requestVerification("ada@example.com"));
  assert.ok(await anon.requestEmailChange(tokens.at(-2) as string, { email: "lovelace@example.com" }));
  const reserved = await anon.signInAnonymously({ idempotencyKey: IDEMPOTENCY_KEY });
  const { record } = await anon.admin.importAccount({ id: "Xb7-Q_2", email: "eve@example.com", verified: true });
  await driver.swap(keys.lockKey("users", "email", "0f".repeat(32)), null, "{}", 0);
  return {
    now: clock.now,
    tokens,
    codes,
    reserved: reserved.record.id,
    quarantined: old.record.id,
    held: held.record.id,
    imported: record.id,
    begun,
  };
}

function collectionOf(index: number): "users" | "customers" {
  return index % 4 === 0 ? "customers" : "users";
}

async function inBatches(count: number, action: (index: number) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < count; at += 100) {
    await Promise.all(Array.from({ length: Math.min(100, count - at) }, (_, index) => action(at + index)));
  }
}

// each of them is complete, or the types are wrong
const LOCK_KINDS = Object.keys({
  email: true,
  username: true,
  identity: true,
} satisfies Record<keys.LockKind, true>);
const STATES = Object.keys({
  anonymous: true,
  registered: true,
  quarantined: true,
  merged: true,
} satisfies Record<AccountState, true>);
const MARKS = Object.keys({
  hold: true,
  quarantine: true,
  warning: true,
  identities: true,
  merging: true,
  merged: true,
  incoming: true,
} satisfies Record<keyof Required<Marks>, true>);
const CODES = Object.keys({
  transfer: true,
  conversion: true,
  passwordReset: true,
  verification: true,
  emailChange: true,
} satisfies Record<CodePurpose, true>);

/** Checks that every kind of key, lock, code, state and optional state is stored, and each kind of due time. */
export async function checkHasEveryKind(driver: AtomicDriver): Promise<void> {
  const found = new Set<string>();
  for await (const page of pages(driver)) {
    for (const [key, { value, due }] of page) {
      const parsed = keys.parseKey(key);
      assert.ok(parsed, key);
      found.add(`${parsed.type} ${due === null ? "without" : "with"} a due time`);
      if (parsed.type === "lock") found.add(`lock of ${parsed.kind}`);
      if (parsed.type === "code") found.add(`code for ${purposeOfCode(value)}`);
      if (parsed.type !== "account") continue;
      const account = decodeAccount(parsed.collection, parsed.id, key, value);
      found.add(stateOf(account));
      for (const mark of Object.keys(account)) found.add(`with ${mark}`);
      if (account.sessions.length > 1) found.add("several sessions");
    }
  }
  const builders = Object.keys(keys).flatMap((name) => /^(?!is|idOf|parse)(\w+)Key$/.exec(name)?.[1] ?? []);
  const wanted = [
    ...["account with a due time", "account without a due time", "lock with a due time", "lock without a due time"],
    ...builders.filter((kind) => !["account", "lock"].includes(kind)).map((kind) => `${kind} with a due time`),
    ...LOCK_KINDS.map((kind) => `lock of ${kind}`),
    ...CODES.map((purpose) => `code for ${purpose}`),
    ...STATES,
    ...MARKS.map((mark) => `with ${mark}`),
    "several sessions",
  ];
  assert.deepEqual(
    wanted.filter((kind) => !found.has(kind)),
    [],
  );
}

/** How many sessions and codes are tried of a large storage. */
const TRIED = 500;

/** Checks over a moved storage that everyone can go on. Changes the storage. */
export async function checkEveryKind(driver: AtomicDriver, made: EveryKind): Promise<void> {
  const { anon, clock } = setUp(driver, { ...OPTIONS, collections: COLLECTIONS });
  clock.now = made.now;
  const { queue, damaged } = await anon.admin.doctor({ dryRun: true });
  assert.deepEqual([queue?.missing, queue?.stray, damaged.count], [0, 0, 0]);
  const tokens = sample(made.tokens);
  await inBatches(tokens.length, async (index) => {
    assert.ok(await anon.authenticate(tokens[index] as string), "a session that goes on");
  });
  assert.equal((await anon.signInWithPassword("ADA@example.com", PASSWORD)).record.username, "ada");
  assert.equal((await anon.signInWithIdentity(GITHUB))?.record.username, "ada");
  const again = await anon.signInAnonymously({ idempotencyKey: IDEMPOTENCY_KEY });
  assert.equal(again.record.id, made.reserved);
  const codes = sample(made.codes);
  await inBatches(codes.length, async (index) => {
    const [code, collection] = codes[index] as EveryKind["codes"][number];
    assert.ok((await anon.signInWithTransferCode(code, { collection })).token);
  });
  assert.equal((await anon.admin.inspect(made.held))?.hold?.reason, "case 17");
  assert.equal((await anon.admin.restore(made.quarantined)).id, made.quarantined);
  assert.equal((await anon.admin.get(made.imported))?.email, "eve@example.com");
  const { record } = await anon.merge(made.begun);
  assert.equal((await anon.authenticate(made.begun.anonymous))?.record.id, record.id, "the merge was finished");
}

/** Some of all parts, and the last ones, which are of accounts that there is one of. */
function sample<T>(all: readonly T[]): T[] {
  const step = Math.ceil(all.length / TRIED);
  return all.filter((_, at) => at % step === 0 || at >= all.length - 10);
}

/** All that is stored, by key. */
export async function everyEntry(driver: AtomicDriver): Promise<Map<string, StoredEntry>> {
  const all = new Map<string, StoredEntry>();
  for await (const page of pages(driver)) for (const [key, entry] of page) all.set(key, entry);
  return all;
}

/**
 * Checks that two storages hold the same: each key of either, its value and its due time. Holds a page in memory, so that it
 * can compare large ones.
 */
export async function checkSame(actual: AtomicDriver, expected: AtomicDriver): Promise<void> {
  for await (const page of pages(expected)) {
    const others = await actual.readEntries?.(page.map(([key]) => key));
    assert.ok(others);
    for (const [at, [key, entry]] of page.entries()) assert.deepEqual(others[at], entry, key);
  }
  for await (const page of keyPages(actual)) {
    const others = await expected.readEntries?.(page);
    assert.ok(others);
    for (const [at, key] of page.entries()) assert.ok(others[at], `${key} should not be there`);
  }
}

const PAGE = 1_000;

async function* pages(driver: AtomicDriver): AsyncGenerator<[key: string, entry: StoredEntry][]> {
  for await (const page of keyPages(driver)) {
    const entries = (await driver.readEntries?.(page)) ?? [];
    yield page.map((key, at) => [key, entries[at] as StoredEntry]);
  }
}

async function* keyPages(driver: AtomicDriver): AsyncGenerator<string[]> {
  let page: string[] = [];
  for await (const key of driver.keys("")) {
    if (page.push(key) < PAGE) continue;
    yield page;
    page = [];
  }
  yield page;
}
