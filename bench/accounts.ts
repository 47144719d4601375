/** Accounts as the SDK makes them, seeded by signing in. */
import { performance } from "node:perf_hooks";
import type { Anon } from "../sdk/contract/anon.ts";
import { createAnon } from "../sdk/index.ts";
import type { AtomicDriver } from "../sdk/storage/port.ts";
import { concurrently } from "./measure.ts";

export const SECRET = "a secret of the benchmarks, 32 or more";
export const COLLECTION = "users";
const DAY = 86_400_000;

/** The SDK over `storage`; `now` moves its clock. */
export function anonOver(storage: AtomicDriver, now: () => number = Date.now): Anon {
  return createAnon({ storage, secret: SECRET, now }) as unknown as Anon;
}

/** Signs `count` visitors in, `daysAgo` before now. */
export async function seed(storage: AtomicDriver, count: number, daysAgo = 0): Promise<void> {
  // one millisecond apart per hundred: a real queue is neither all ties nor without any
  let made = 0;
  const begin = Date.now() - daysAgo * DAY;
  const anon = anonOver(storage, () => begin + Math.floor(made++ / 100));
  const started = performance.now();
  await concurrently(count, 512, () => anon.signInAnonymously({ collection: COLLECTION }));
  const seconds = (performance.now() - started) / 1_000;
  if (seconds > 5) console.error(`  seeded ${count} accounts in ${seconds.toFixed(0)} s`);
}

/** Collects what was not active for a day, and makes sure that it was so many. */
export async function collect(storage: AtomicDriver, expected: number): Promise<number> {
  const report = await anonOver(storage).admin.gc({ olderThan: "1d" });
  if (report.deleted !== expected) throw new Error(`gc deleted ${report.deleted} of ${expected} accounts`);
  return report.deleted;
}

/** A key and the text of an account, both exactly as long as the SDK's. */
export async function sampleOf(storage: AtomicDriver): Promise<{ key: string; text: string; token: string }> {
  const { token, record } = await anonOver(storage).signInAnonymously({ collection: COLLECTION });
  const key = `acc:${COLLECTION}:${record.id}`;
  return { key, text: (await storage.read(key)) as string, token };
}
