/** Counters of `rate-limiter-flexible` in this process. One module of it: all of them together need Node's `cluster`. */
import type { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
// @ts-expect-error the package declares its types for all modules together
import Limiter from "rate-limiter-flexible/lib/RateLimiterMemory.js";
import type { Counter } from "../storage/port.ts";

/** A counter of at most `max` in `seconds`. */
export function openCounter({ max, seconds }: { max: number; seconds: number }): Counter {
  const limiter: RateLimiterMemory = new Limiter({ points: max, duration: seconds });
  return {
    async take(subject) {
      try {
        await limiter.consume(subject);
        return null;
      } catch (refusal) {
        return (refusal as RateLimiterRes).msBeforeNext;
      }
    },
    async giveBack(subject) {
      await limiter.reward(subject);
    },
  };
}
