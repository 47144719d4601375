/** How many anonymous accounts there are, from the due queue: every one of them has a place in it, and no other account. */
import { accountPrefix } from "./keys.ts";
import type { Store } from "./store.ts";

const PAGE = 1_000;

/** Counting takes at most one fiftieth of the time. */
const PATIENCE = 50;

/** What takes less is waited for: the count is then always new. */
const SHORT_MS = 10;

/** Those of every collection. */
export interface Populations {
  of(collection: string): Population;
  /** Some of the collection, or of any (`null`), are not there any more, or not anonymous. */
  left(collection: string | null): void;
}

/** Places for anonymous accounts in one collection. */
export interface Population {
  /**
   * Takes a place for one more. Answers `null` when there are `cap` already, else what is to be called when it is known
   * whether the account was made.
   */
  reserve(cap: number): Promise<((made: boolean) => void) | null>;
  /** Some that were counted are not among them any more. */
  left(): void;
}

/** Nothing is counted of collections that nobody asks about. */
export function createPopulations(store: Store, clock: () => number = () => performance.now()): Populations {
  const known = new Map<string, Population>();
  return {
    of(collection) {
      const population = known.get(collection) ?? createPopulation(store, collection, clock);
      known.set(collection, population);
      return population;
    },
    left(collection) {
      for (const [name, population] of known) if (collection === null || name === collection) population.left();
    },
  };
}

/**
 * Counts the anonymous accounts of a collection. Nothing is stored for that which could go wrong: they are counted anew
 * when the last count is old, or some of them left in this process; in between what this process makes is added. Several processes may
 * together exceed a cap by what they make between two counts.
 *
 * @param clock Milliseconds, by a clock that nobody sets
 */
function createPopulation(store: Store, collection: string, clock: () => number): Population {
  const prefix = accountPrefix(collection);
  let known = 0;
  let reserved = 0;
  let took = 0;
  let counted = Number.NEGATIVE_INFINITY;
  let counting: Promise<void> | undefined;
  let made = 0;

  async function count(upTo: number): Promise<void> {
    const started = clock();
    const before = made;
    let found = 0;
    let cursor: string | null = null;
    do {
      const page = await store.due(Number.MAX_SAFE_INTEGER, PAGE, cursor);
      for (const { key } of page.entries) if (key.startsWith(prefix)) found++;
      cursor = page.cursor;
    } while (cursor !== null && found < upTo);
    // what was made meanwhile may have been seen or not
    known = found + made - before;
    counted = clock();
    took = counted - started;
  }

  function recount(cap: number): Promise<void> {
    counting ??= count(cap).finally(() => {
      counting = undefined;
    });
    return counting;
  }

  return {
    async reserve(cap) {
      const isOld = (): boolean => clock() - counted > took * PATIENCE;
      if (isOld()) {
        const recounted = recount(cap);
        if (took < SHORT_MS || known + reserved >= cap) await recounted;
        else recounted.catch(() => "the count of before is gone on with");
      }
      if (known + reserved >= cap) return null;
      reserved++;
      return (done) => {
        reserved--;
        if (!done) return;
        made++;
        known++;
      };
    },
    left() {
      counted = Number.NEGATIVE_INFINITY;
    },
  };
}
