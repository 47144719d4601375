/** Leaves a server that was handed in as it was found. */
import { Redis } from "ioredis";

/** What tests write: with a base of their own, and with the driver's default where they cannot choose one. */
const OURS = ["test-*", "anon:{*"];

/**
 * Notes which kinds of keys are there already; the answer removes the others.
 *
 * @param {string} url
 * @returns {Promise<() => Promise<void>>}
 */
export async function tidying(url) {
  const free = [];
  await withClient(url, async (client) => {
    for (const pattern of OURS) if ((await keysOf(client, pattern, 1)).length === 0) free.push(pattern);
  });
  const kept = OURS.filter((pattern) => !free.includes(pattern));
  if (kept.length > 0) console.log(`REDIS_URL holds keys ${kept.join(", ")} already: what tests add to them will stay`);
  return () =>
    withClient(url, async (client) => {
      for (const pattern of free) {
        for (let keys = await keysOf(client, pattern); keys.length > 0; keys = await keysOf(client, pattern)) {
          await client.unlink(keys);
        }
      }
    });
}

async function withClient(url, action) {
  const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1 });
  client.on("error", () => undefined);
  try {
    await action(client);
  } finally {
    client.disconnect();
  }
}

/** At least `enough` keys of a pattern, or all there are. */
async function keysOf(client, pattern, enough = 1_000) {
  const found = [];
  let cursor = "0";
  do {
    const [next, keys] = await client.scan(cursor, "MATCH", pattern, "COUNT", 1_000);
    found.push(...keys);
    cursor = next;
  } while (cursor !== "0" && found.length < enough);
  return found;
}
