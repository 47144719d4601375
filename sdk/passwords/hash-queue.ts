/** How many passwords are hashed at once, and how many may wait. Any more are refused at once. */
import { AnonError } from "../errors.ts";
import { IN_WORKERS } from "../in-workers.ts";

export interface HashQueueLimits {
  readonly atOnce: number;
  readonly mostWaiting: number;
}

// Browsers and proxies give up after a few seconds, and the hash is computed all the same. 256 take 1 to 3 s on three
// threads, 16 take 3 s in plain JavaScript.
const RETRY_AFTER_SECONDS = 3;

/** For hashes on threads: three of the four that libuv has for them and for files. */
export const ON_THREADS: HashQueueLimits = { atOnce: 3, mostWaiting: 256 };

export const IN_PLAIN_JAVASCRIPT: HashQueueLimits = { atOnce: 1, mostWaiting: 16 };

let plain: ReturnType<typeof createHashQueue> | undefined;

/**
 * For hashes of other systems that are computed in plain JavaScript. In Workers there is no queue, as for Argon2id: each is
 * computed at once.
 *
 * @throws {AnonError} `overloaded`, at once
 */
export async function inPlainQueue<T>(hash: () => Promise<T>): Promise<T> {
  if (IN_WORKERS) return await hash();
  plain ??= createHashQueue(IN_PLAIN_JAVASCRIPT);
  return await (await plain)(hash);
}

/**
 * Each hash takes a core and 19 MiB, and running many at once makes none of them faster: Deno would run all of them, 60
 * in 1.1 GB and in three times the time.
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
