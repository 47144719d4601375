/** A storage with every kind of key and account, to be moved elsewhere, and all that is stored of it. */
import assert from "node:assert/strict";
import type { AnonOptions } from "../../sdk/contract/options.ts";
import { lockKey } from "../../sdk/storage/keys.ts";
import type { AtomicDriver, StoredEntry } from "../../sdk/storage/port.ts";
import { DAY, HOUR, PASSWORD, setUp } from "./sdk.ts";

const GITHUB = { provider: "github", subject: "583231" };
const IDEMPOTENCY_KEY = "a-key-of-one-sign-in";
const OPTIONS: Partial<AnonOptions> = { quarantine: "30d", retention: "5d", sessionTtl: "90d" };

/** What must still work after a move. */
export interface EveryKind {
  /** The time of the test's clock at the end. */
  now: number;
  tokens: string[];
  code: string;
  /** The id of the account of a reservation. */
  reserved: string;
  quarantined: string;
  held: string;
  imported: string;
}

/**
 * Stores guests, registered accounts with a password and with identities, a merged guest, accounts on hold and in quarantine,
 * sessions, codes, a reservation, an unconfirmed lock, and accounts of a second collection.
 */
export async function storeEveryKind(driver: AtomicDriver, guests = 40): Promise<EveryKind> {
  const { anon, clock } = setUp(driver, { ...OPTIONS, collections: { users: {}, customers: {} } });
  const old = await anon.signInAnonymously();
  clock.now += 6 * DAY;
  assert.equal((await anon.admin.gc()).quarantined, 1);
  const tokens: string[] = [];
  for (let index = 0; index < guests; index++) {
    clock.now += HOUR / 7;
    const data = { note: `naïve "quotes"\\ \n\u2028 {braces} NULL ,😀 ${index}` };
    tokens.push((await anon.signInAnonymously({ collection: index % 4 === 0 ? "customers" : "users", data })).token);
  }
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
  const { code } = await anon.createTransferCode(other.token, { expiresIn: "24h" });
  const reserved = await anon.signInAnonymously({ idempotencyKey: IDEMPOTENCY_KEY });
  const { record } = await anon.admin.importAccount({ id: "Xb7-Q_2", email: "eve@example.com", verified: true });
  assert.ok(record);
  await driver.swap(lockKey("users", "email", "0f".repeat(32)), null, "{}", 0);
  return {
    now: clock.now,
    tokens,
    code,
    reserved: reserved.record.id,
    quarantined: old.record.id,
    held: held.record.id,
    imported: "Xb7-Q_2",
  };
}

/** Checks over a moved storage that everyone can go on. Changes the storage. */
export async function checkEveryKind(driver: AtomicDriver, made: EveryKind): Promise<void> {
  const { anon, clock } = setUp(driver, { ...OPTIONS, collections: { users: {}, customers: {} } });
  clock.now = made.now;
  for (const token of made.tokens) assert.ok(await anon.authenticate(token), "a session that goes on");
  assert.equal((await anon.signInWithPassword("ADA@example.com", PASSWORD)).record.username, "ada");
  assert.equal((await anon.signInWithIdentity(GITHUB))?.record.username, "ada");
  const again = await anon.signInAnonymously({ idempotencyKey: IDEMPOTENCY_KEY });
  assert.equal(again.record.id, made.reserved);
  assert.ok((await anon.signInWithTransferCode(made.code)).token);
  assert.equal((await anon.admin.inspect(made.held))?.hold?.reason, "case 17");
  assert.equal((await anon.admin.restore(made.quarantined)).id, made.quarantined);
  assert.equal((await anon.admin.get(made.imported))?.email, "eve@example.com");
  const { queue, damaged } = await anon.admin.doctor({ dryRun: true });
  assert.deepEqual([queue?.missing, queue?.stray, damaged.count], [0, 0, 0]);
}

/** All that is stored, by key. */
export async function everyEntry(driver: AtomicDriver): Promise<Map<string, StoredEntry>> {
  const keys: string[] = [];
  for await (const key of driver.keys("")) keys.push(key);
  const unique = [...new Set(keys)].sort();
  const entries = (await driver.readEntries?.(unique)) ?? [];
  return new Map(unique.map((key, at) => [key, entries[at] as StoredEntry]));
}
