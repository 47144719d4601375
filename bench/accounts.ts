/** Accounts for the benchmarks, created by the SDK. */
import { performance } from "node:perf_hooks";
import type { Anon } from "../sdk/contract/anon.ts";
import { createAnon } from "../sdk/index.ts";
import type { AtomicDriver } from "../sdk/storage/port.ts";
import { concurrently } from "./measure.ts";

export const SECRET = "a secret of the benchmarks, 32 or more";
export const COLLECTION = "users";
const DAY = 86_400_000;

/** The SDK over `storage`, with `now` as its clock. */
export function anonOver(storage: AtomicDriver, now: () => number = Date.now): Anon {
  return createAnon({ storage, secret: SECRET, now }) as unknown as Anon;
}

/** Signs `count` visitors in, `daysAgo` before now. */
export async function seed(storage: AtomicDriver, count: number, daysAgo = 0): Promise<void> {
  // 100 accounts per millisecond: a real queue has some ties, but not only ties
  let created = 0;
  const begin = Date.now() - daysAgo * DAY;
  const anon = anonOver(storage, () => begin + Math.floor(created++ / 100));
  const started = performance.now();
  await concurrently(count, 512, () => anon.signInAnonymously({ collection: COLLECTION }));
  const seconds = (performance.now() - started) / 1_000;
  if (seconds > 5) console.error(`  seeded ${count} accounts in ${seconds.toFixed(0)} s`);
}

/** Runs gc for accounts inactive for a day, and throws unless it deletes `expected` of them. */
export async function runGc(storage: AtomicDriver, expected: number): Promise<number> {
  const report = await anonOver(storage).admin.gc({ olderThan: "1d" });
  if (report.deleted !== expected) throw new Error(`gc deleted ${report.deleted} of ${expected} accounts`);
  return report.deleted;
}

/** Key, text and token of a real account, as models for the bare writes. */
export async function sampleOf(storage: AtomicDriver): Promise<{ key: string; text: string; token: string }> {
  const { token, record } = await anonOver(storage).signInAnonymously({ collection: COLLECTION });
  const key = `acc:${COLLECTION}:${record.id}`;
  return { key, text: (await storage.read(key)) as string, token };
}
