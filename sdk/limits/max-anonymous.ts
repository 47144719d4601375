/** How many anonymous accounts there are, counted from the due queue, which holds all of them and no other account. */
import { IN_WORKERS } from "../in-workers.ts";
import { accountPrefix } from "../storage/keys.ts";
import type { Store } from "../storage/store.ts";

const PAGE = 1_000;

/** Counting takes at most one fiftieth of the time. */
const PATIENCE = 50;

/** `take` waits for a count that takes less, so that it is always new. */
const SHORT_MS = 10;

/** A count that takes less is repeated before a refusal, if something changed during the last one. */
const BEARABLE_MS = 100;

export interface GuestCounts {
  /** `null`: all collections together. */
  of(collection: string | null): GuestCount;
  /** An account of the collection was removed, or registered. */
  release(collection: string): void;
  /** An unknown number of accounts of the collection, or of any (`null`), was removed, so the next `take` counts. */
  invalidate(collection: string | null): void;
}

/** Places for anonymous accounts in one collection, or in all together. */
export interface GuestCount {
  /** `null` when there are `cap` already; else a function to call with whether the account was created. */
  take(cap: number): Promise<((made: boolean) => void) | null>;
  release(): void;
  invalidate(): void;
}

/** A collection without a cap is never counted. */
export function createGuestCounts(store: Store, clock: () => number = () => performance.now()): GuestCounts {
  const known = new Map<string | null, GuestCount>();
  return {
    of(collection) {
      const count = known.get(collection) ?? createGuestCount(store, collection, clock);
      known.set(collection, count);
      return count;
    },
    release(collection) {
      known.get(collection)?.release();
      known.get(null)?.release();
    },
    invalidate(collection) {
      for (const [name, count] of known) {
        if (collection === null || name === null || name === collection) count.invalidate();
      }
    },
  };
}

/**
 * No counter is stored that could go wrong: the accounts are counted again when the last count is old, and what this
 * process creates and removes in between is added. Several processes may together exceed a cap by what they create
 * between two counts.
 *
 * @param clock Milliseconds, by a monotonic clock
 */
function createGuestCount(store: Store, collection: string | null, clock: () => number): GuestCount {
  const prefix = accountPrefix(collection);
  let known = 0;
  let reserved = 0;
  let took = 0;
  let counted = Number.NEGATIVE_INFINITY;
  let counting: Promise<void> | undefined;
  /** What this process created less what it removed. */
  let balance = 0;
  let changes = 0;
  /** Whether nothing changed during the last count: such a change may or may not be in it. */
  let exact = false;
  let steps = 0;

  async function count(upTo: number): Promise<void> {
    const started = clock();
    const [balanceBefore, changesBefore] = [balance, changes];
    const stepsBefore = reserved === 0 ? steps : Number.NaN;
    let found = 0;
    let cursor: string | null = null;
    do {
      const page = await store.due(Number.MAX_SAFE_INTEGER, PAGE, cursor);
      for (const { key } of page.entries) if (key.startsWith(prefix)) found++;
      cursor = page.cursor;
    } while (cursor !== null && found < upTo);
    known = found + balance - balanceBefore;
    const ended = clock();
    took = ended - started;
    exact = steps === stepsBefore;
    if (changes === changesBefore) counted = ended;
  }

  function recount(cap: number): Promise<void> {
    if (IN_WORKERS) return count(cap);
    counting ??= count(cap).finally(() => {
      counting = undefined;
    });
    return counting;
  }

  function add(more: number): void {
    steps++;
    known += more;
    balance += more;
  }

  return {
    async take(cap) {
      if (clock() - counted > took * PATIENCE) {
        const recounted = recount(cap);
        // in Workers a count ends with its request
        if (IN_WORKERS || took < SHORT_MS || known + reserved >= cap) await recounted;
        else recounted.catch(() => "the previous count stays in use");
      }
      const isFull = (): boolean => known + reserved >= cap;
      if (isFull() && !exact && (took < BEARABLE_MS || clock() - counted > took)) await recount(cap);
      if (isFull()) return null;
      steps++;
      // in Workers a request that is cancelled would keep its place
      if (!IN_WORKERS) reserved++;
      return (made) => {
        if (!IN_WORKERS) reserved--;
        if (made) add(1);
      };
    },
    release: () => add(-1),
    invalidate() {
      changes++;
      counted = Number.NEGATIVE_INFINITY;
    },
  };
}
