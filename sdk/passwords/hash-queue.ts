/** How many passwords are hashed at once, and how many may wait: what comes beyond that is refused at once. */
import { AnonError } from "../errors.ts";

/** The bounds of a queue. */
export interface HashQueueLimits {
  /** How many may be under way at once. */
  readonly atOnce: number;
  /** How many more may wait for their turn. */
  readonly mostWaiting: number;
}

// What waits longer than a few seconds is given up by browsers and proxies, and computed all the same. 256 take 1 to 3 s on
// three threads, 16 take 3 s in plain JavaScript.
const RETRY_AFTER_SECONDS = 3;

/** For hashes on threads: three of the four that libuv has for them and for files. */
export const ON_THREADS: HashQueueLimits = { atOnce: 3, mostWaiting: 256 };

/** For hashes in plain JavaScript. */
export const IN_PLAIN_JAVASCRIPT: HashQueueLimits = { atOnce: 1, mostWaiting: 16 };

/**
 * Runs hashes in turn. Each takes a core and 19 MiB, and many of them at once are not done sooner: Deno would run all there
 * are, 60 in 1.1 GB and in three times the time.
 */
export async function createHashQueue({
  atOnce,
  mostWaiting,
}: HashQueueLimits): Promise<<T>(hash: () => Promise<T>) => Promise<T>> {
  const { default: pLimit } = await import("p-limit");
  const limit = pLimit(atOnce);
  return async (hash) => {
    if (limit.pendingCount >= mostWaiting) throw overloaded();
    return await limit(hash);
  };
}

function overloaded(): AnonError {
  return new AnonError(
    "overloaded",
    `Cannot check or hash this password now: too many others wait for that, try again in ${RETRY_AFTER_SECONDS} s`,
    { retryAfter: RETRY_AFTER_SECONDS },
  );
}
