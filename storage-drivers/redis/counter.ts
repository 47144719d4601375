/** Counters of `rate-limiter-flexible` on the server, over the driver's own connection and within its timeout. */
import type { RateLimiterAbstract, RateLimiterRes } from "rate-limiter-flexible";
import type { Counter } from "../../sdk/storage/port.ts";
import type { Connection } from "./connection.ts";
import { type Script, script } from "./scripts.ts";

/**
 * In place of the limiter's own, which counts what it refuses and gives back below nothing. ARGV: how many more, the
 * window in seconds, the maximum. Returns the count, for a refusal as if it were counted, and its milliseconds.
 */
const COUNT: Script = script(`
local more, most = tonumber(ARGV[1]), tonumber(ARGV[3])
local count = tonumber(redis.call('GET', KEYS[1]) or '0')
local left = redis.call('PTTL', KEYS[1])
if more < 0 then
  if count > 0 then count = redis.call('DECRBY', KEYS[1], -more) end
elseif count + more > most and left > 0 then
  return {count + more, left}
else
  redis.call('SET', KEYS[1], '0', 'EX', ARGV[2], 'NX')
  count = redis.call('INCRBY', KEYS[1], more)
end
left = redis.call('PTTL', KEYS[1])
if left == -1 then
  redis.call('EXPIRE', KEYS[1], ARGV[2])
  left = 1000 * tonumber(ARGV[2])
end
return {count, left}`);

const FORGET: Script = script("return redis.call('DEL', KEYS[1])");

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
    return new Limiter({
      storeClient: clientOf(connection),
      useRedisPackage: true,
      customIncrTtlLuaScript: COUNT.text,
      // counts of another limit say nothing about this one
      keyPrefix: `${prefix}:${max}/${seconds}`,
      points: max,
      duration: seconds,
    });
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
    async clear(subject) {
      await (await limiter()).delete(subject);
    },
  };
}

/** What the limiter uses of a client, in the form that node-redis has. */
function clientOf(connection: Connection): object {
  return {
    eval: (_text: string, call: { keys: string[]; arguments: string[] }) =>
      connection.write(COUNT, [call.keys.length, ...call.keys, ...call.arguments]),
    del: (key: string) => connection.write(FORGET, [1, key]),
  };
}
