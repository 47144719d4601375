/** The due queue: one sorted set per shard, merged into one order. */
import { Buffer } from "node:buffer";
import type { DuePage } from "../../sdk/storage/port.ts";
import { checkPage, type DuePosition, formatCursor, parseCursor } from "../shared/due-page.ts";
import type { Connection } from "./connection.ts";
import { DUE } from "./scripts.ts";
import type { Layout } from "./shards.ts";

/** What was fetched of one shard; `more` when there may be entries behind it. */
interface Stretch {
  shard: number;
  entries: DuePosition[];
  more: boolean;
}

/** The page of the queue that begins after `cursor`. Fetches about twice the page at most, never the queue. */
export async function duePage(
  connection: Connection,
  layout: Layout,
  before: number,
  { limit, cursor }: { limit: number; cursor?: string | null },
): Promise<DuePage> {
  checkPage(before, limit);
  const from = parseCursor(cursor);
  await connection.open();
  // The share of a shard varies by about the square root; one and a half of that leaves few shards to ask again.
  const share = limit / layout.queues.length;
  const count = Math.min(limit, Math.ceil(share + 1.5 * Math.sqrt(share))) + 1;
  const stretches = await fetchAll(connection, layout, before, count, from);
  for (;;) {
    const merged = stretches.flatMap(({ entries }) => entries).sort(compare);
    const last = merged[limit - 1];
    const short = stretches.filter(({ entries, more }) => {
      const end = entries[entries.length - 1];
      return more && (!last || !end || compare(end, last) < 0);
    });
    if (short.length === 0) {
      const more = merged.length > limit || (last !== undefined && stretches.some((stretch) => stretch.more));
      return {
        entries: merged.slice(0, limit).map(({ key, due }) => ({ key, due })),
        cursor: more && last ? formatCursor(last) : null,
      };
    }
    await Promise.all(
      short.map(async (stretch) => {
        const start = stretch.entries[stretch.entries.length - 1] ?? from;
        const [next] = await fetch(connection, layout, [stretch.shard], before, count, start);
        stretch.entries = stretch.entries.concat(next?.entries ?? []);
        stretch.more = next?.more ?? false;
      }),
    );
  }
}

async function fetchAll(
  connection: Connection,
  layout: Layout,
  before: number,
  count: number,
  from: DuePosition | null,
): Promise<Stretch[]> {
  const shards = layout.queues.map((_, shard) => shard);
  if (!connection.isCluster) return fetch(connection, layout, shards, before, count, from);
  const found = await Promise.all(shards.map((shard) => fetch(connection, layout, [shard], before, count, from)));
  return found.flat();
}

async function fetch(
  connection: Connection,
  layout: Layout,
  shards: number[],
  before: number,
  count: number,
  from: DuePosition | null,
): Promise<Stretch[]> {
  const bound = before === Infinity ? "+inf" : before === -Infinity ? "-inf" : String(before);
  const queues = shards.map((shard) => layout.queues[shard] as string);
  const page = [bound, "WITHSCORES", "LIMIT", 0, count];
  // Without a place to continue from the plain command does, at half of what Lua's copies of the answer cost.
  const replies = (
    from
      ? await connection.readScript(DUE, [queues.length, ...queues, count, String(from.due), from.key])
      : await Promise.all(queues.map((queue) => connection.read("zrangebyscore", [queue, "-inf", ...page])))
  ) as Buffer[][];
  return replies.map((reply, i) => {
    const entries: DuePosition[] = [];
    for (let j = 0; j + 1 < reply.length; j += 2) {
      const due = Number(reply[j + 1]);
      if (due > before) return { shard: shards[i] as number, entries, more: false };
      entries.push({ key: String(reply[j]), due });
    }
    return { shard: shards[i] as number, entries, more: entries.length === count };
  });
}

/** Redis orders ties by bytes of UTF-8, which differs from code units only where there are surrogates. */
function compare(a: DuePosition, b: DuePosition): number {
  if (a.due !== b.due) return a.due - b.due;
  if (a.key === b.key) return 0;
  const surrogates = /[\ud800-\udfff]/;
  if (surrogates.test(a.key) || surrogates.test(b.key)) return Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));
  return a.key < b.key ? -1 : 1;
}
