/** Counters of `rate-limiter-flexible` on the server, over the driver's own connection and within its timeout. */
import type { RateLimiterAbstract, RateLimiterRes } from "rate-limiter-flexible";
import type { Counter } from "../../sdk/storage/port.ts";
import type { Connection } from "./connection.ts";
import { type Script, script } from "./scripts.ts";

/** A counter whose Redis keys begin with `prefix`. What it needs is loaded when something is counted. */
export function openCounter(
  connection: Connection,
  prefix: string,
  { max, seconds }: { max: number; seconds: number },
): Counter {
  let loading: Promise<RateLimiterAbstract> | undefined;

  async function load(): Promise<RateLimiterAbstract> {
    // one module of it: all of them together need Node's `cluster`
    // @ts-expect-error the package declares its types for all modules together
    const { default: Limiter } = await import("rate-limiter-flexible/lib/RateLimiterRedis.js");
    await connection.open();
    const storeClient = scriptClient(connection);
    return new Limiter({ storeClient, useRedisPackage: true, keyPrefix: prefix, points: max, duration: seconds });
  }

  function limiter(): Promise<RateLimiterAbstract> {
    connection.check();
    loading ??= load();
    return loading;
  }

  return {
    async take(subject) {
      try {
        await (await limiter()).consume(subject);
        return null;
      } catch (refusal) {
        if (refusal instanceof Error) throw refusal;
        return (refusal as RateLimiterRes).msBeforeNext;
      }
    },
    async giveBack(subject) {
      await (await limiter()).reward(subject);
    },
  };
}

/** What the limiter uses of a client, in the form that node-redis has: one script. */
function scriptClient(connection: Connection): object {
  const known = new Map<string, Script>();
  return {
    eval(text: string, call: { keys: string[]; arguments: string[] }): Promise<unknown> {
      const one = known.get(text) ?? script(text);
      known.set(text, one);
      return connection.write(one, [call.keys.length, ...call.keys, ...call.arguments]);
    },
  };
}
