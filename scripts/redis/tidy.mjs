/** Removes the keys of a test run from the server of REDIS_URL. */
import { Redis } from "ioredis";

/**
 * Tests write under bases that begin with the name of their run. Tests that cannot choose a base write to collections whose
 * names do, under the driver's default base.
 *
 * @param {string} url
 * @param {string} run
 */
export async function tidy(url, run) {
  const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1, retryStrategy: null });
  client.on("error", () => undefined);
  try {
    for await (const key of keysOf(client, `${run}-*`)) await client.unlink(key);
    for await (const key of keysOf(client, `anon:{*}:*:${run}_*`)) {
      const [, tag, member] = /^anon:\{(.*?)\}:(.*)$/s.exec(key) ?? [];
      await client.multi().unlink(key).zrem(`anon:{${tag}}due`, member).exec();
    }
  } finally {
    client.disconnect();
  }
}

async function* keysOf(client, pattern) {
  let cursor = "0";
  do {
    const [next, keys] = await client.scan(cursor, "MATCH", pattern, "COUNT", 1_000);
    yield* keys;
    cursor = next;
  } while (cursor !== "0");
}
