/** Counters on the server, over the driver's own connection and within its timeout. */
import type { Counter } from "../../sdk/storage/port.ts";
import type { Connection } from "./connection.ts";
import { type Script, script } from "./scripts.ts";

/**
 * Counts in a window that begins with the first count. ARGV: how many more, the window in seconds, the maximum. Returns the
 * count, that of a refusal as if it were counted, and the milliseconds until the window ends.
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

/** A counter whose Redis keys begin with `prefix`. */
export function openCounter(
  connection: Connection,
  prefix: string,
  { max, seconds }: { max: number; seconds: number },
): Counter {
  // counts of another limit do not apply to this one
  const keyOf = (subject: string): string => `${prefix}:${max}/${seconds}:${subject}`;

  async function write(script: Script, subject: string, args: number[] = []): Promise<unknown> {
    connection.check();
    await connection.open();
    return await connection.write(script, [1, keyOf(subject), ...args]);
  }

  const count = (subject: string, more: number): Promise<unknown> => write(COUNT, subject, [more, seconds, max]);

  return {
    async take(subject) {
      const [counted, remaining] = (await count(subject, 1)) as [number, number];
      return counted > max ? remaining : null;
    },
    async giveBack(subject) {
      await count(subject, -1);
    },
    async clear(subject) {
      await write(FORGET, subject);
    },
  };
}
