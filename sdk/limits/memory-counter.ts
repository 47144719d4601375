/** Counters in this process. Imports one module of `rate-limiter-flexible`: the whole package needs Node's `cluster`. */
import type { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
// @ts-expect-error the package declares its types for all modules together
import Limiter from "rate-limiter-flexible/lib/RateLimiterMemory.js";
import type { Counter } from "../storage/port.ts";

export function openCounter({ max, seconds }: { max: number; seconds: number }): Counter {
  const limiter: RateLimiterMemory = new Limiter({ points: max, duration: seconds });
  return {
    take: (subject) =>
      limiter.consume(subject).then(
        () => null,
        async ({ msBeforeNext }: RateLimiterRes) => {
          // it counts what it refuses
          await limiter.reward(subject);
          return msBeforeNext;
        },
      ),
    async giveBack(subject) {
      const { consumedPoints = 0, msBeforeNext = 0 } = (await limiter.get(subject)) ?? {};
      // a window that is over has nothing to give back to
      if (consumedPoints > 0 && msBeforeNext > 0) await limiter.reward(subject);
    },
    async clear(subject) {
      await limiter.delete(subject);
    },
  };
}
