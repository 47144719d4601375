/** Repeats a swap that another writer was faster at, with a back-off: the one budget of attempts. */
import { AnonError } from "../errors.ts";

const MAXIMUM_ATTEMPTS = 64;
const EAGER_ATTEMPTS = 4;
const LONGEST_WAIT_MS = 100;

/** Returned by an attempt whose swap found another value. */
export const AGAIN: unique symbol = Symbol("again");

/**
 * Calls `attempt` until it returns anything but {@link AGAIN}.
 *
 * Waits a random time between attempts. Of many writers that read, swap and start again in step only one succeeds a round,
 * so that the hundredth would give up; out of step nearly all succeed.
 *
 * @param doing What a refusal names, such as "change this account"
 * @throws {AnonError} `conflict` after 64 attempts, and what `attempt` throws
 */
export async function retry<T>(
  doing: string,
  attempt: (count: number) => Promise<T | typeof AGAIN>,
): Promise<Exclude<T, typeof AGAIN>> {
  for (let count = 0; count < MAXIMUM_ATTEMPTS; count++) {
    const done = await attempt(count);
    if (done !== AGAIN) return done as Exclude<T, typeof AGAIN>;
    if (count >= EAGER_ATTEMPTS) await wait(Math.random() * Math.min(LONGEST_WAIT_MS, count * 2));
  }
  throw new AnonError("conflict", `Cannot ${doing}: too many others change it at the same time, try again`);
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
