/** Values together with their due times. */
import type { Buffer } from "node:buffer";
import type { StoredEntry } from "../../sdk/storage/port.ts";
import type { Batcher } from "./batch.ts";
import { stretches } from "./batch-groups.ts";
import type { Connection } from "./connection.ts";
import { ENTRIES } from "./scripts.ts";
import { type Layout, shardOf } from "./shards.ts";
import { decode } from "./text.ts";

type Reply = [values: (Buffer | null)[], scores: (Buffer | null)[], others: number];

/** One script for each shard, on a single server too: a key and its entry in the queue are read in one step. */
export async function readEntries(
  connection: Connection,
  layout: Layout,
  batcher: Batcher,
  keys: readonly string[],
): Promise<(StoredEntry | null)[]> {
  await connection.open();
  const entries = new Array<StoredEntry | null>(keys.length).fill(null);
  await Promise.all(
    stretches(keys, true).map(async (places) => {
      const members = places.map((place) => keys[place] as string);
      const queue = layout.queues[shardOf(members[0] as string)] as string;
      const names = members.map((key) => layout.nameOf(key));
      const args = [1 + names.length, queue, ...names, ...members];
      const [values, scores, others] = (await connection.readScript(ENTRIES, args)) as Reply;
      for (const [at, place] of places.entries()) {
        const key = members[at] as string;
        const value = values[at] ?? null;
        const score = scores[at] ?? null;
        // a single read refuses what is no text
        if (value === null && others > 0) await batcher.read(key);
        if (value !== null)
          entries[place] = { value: decode(value, key), due: score === null ? null : Number(String(score)) };
      }
    }),
  );
  return entries;
}
