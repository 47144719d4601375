/** The due queue: one sorted set per shard, merged into one order. */
import type { Buffer } from "node:buffer";
import type { DuePage } from "../../sdk/storage/port.ts";
import { checkPage, type DuePosition, formatCursor, parseCursor } from "../shared/due-page.ts";
import type { Connection } from "./connection.ts";
import { DUE, score } from "./scripts.ts";
import { type Layout, shardOf } from "./shards.ts";

/** Entries of the cursor's own time that may be fetched again before its place among them is searched for instead. */
const TIES = 16;

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
  const stretches = await fetch(
    connection,
    layout,
    layout.queues.map((_, shard) => shard),
    before,
    count,
    from,
  );
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

/** The scores of keys in the queues of their shards. */
export async function dueTimes(
  connection: Connection,
  layout: Layout,
  keys: readonly string[],
): Promise<(number | null)[]> {
  await connection.open();
  const times = new Array<number | null>(keys.length).fill(null);
  const places = new Map<number, number[]>();
  for (const [place, key] of keys.entries()) {
    const shard = shardOf(key);
    const list = places.get(shard);
    if (list) list.push(place);
    else places.set(shard, [place]);
  }
  await Promise.all(
    Array.from(places, async ([shard, list]) => {
      const members = list.map((place) => keys[place] as string);
      const reply = await connection.read("zmscore", [layout.queues[shard] as string, ...members]);
      for (const [index, score] of (reply as (Buffer | null)[]).entries()) {
        if (score !== null) times[list[index] as number] = Number(String(score));
      }
    }),
  );
  return times;
}

async function fetch(
  connection: Connection,
  layout: Layout,
  shards: number[],
  before: number,
  count: number,
  from: DuePosition | null,
): Promise<Stretch[]> {
  const replies = await Promise.all(
    shards.map((shard) => plainStretch(connection, layout.queues[shard] as string, before, count, from)),
  );
  // So many entries of one time that the place among them has to be searched for.
  const crowded = replies.flatMap((reply, i) => (reply === null ? [i] : []));
  if (crowded.length > 0 && from) {
    const queues = crowded.map((i) => layout.queues[shards[i] as number] as string);
    const found = await connection.readScript(DUE, [queues.length, ...queues, count, String(from.due), from.key]);
    for (const [n, reply] of (found as Buffer[][]).entries()) replies[crowded[n] as number] = positions(reply, before);
  }
  return replies.map((entries, i) => {
    const found = entries ?? [];
    return { shard: shards[i] as number, entries: found, more: found.length >= count };
  });
}

/** The next entries of one queue by the plain command; `null` when those of the cursor's time fill the whole answer. */
async function plainStretch(
  connection: Connection,
  queue: string,
  before: number,
  count: number,
  from: DuePosition | null,
): Promise<DuePosition[] | null> {
  const first = from ? String(from.due) : "-inf";
  // A few more than asked for: the cursor's own time is listed from its beginning.
  const most = count + (from ? TIES : 0);
  const reply = await connection.read("zrangebyscore", [queue, first, score(before), "WITHSCORES", "LIMIT", 0, most]);
  const entries = positions(reply as Buffer[], before);
  if (!from) return entries;
  const behind = entries.filter((entry) => compare(entry, from) > 0);
  return entries.length === most && behind.length < count ? null : behind.slice(0, count);
}

function positions(reply: Buffer[], before: number): DuePosition[] {
  const entries: DuePosition[] = [];
  for (let i = 0; i + 1 < reply.length; i += 2) {
    const due = Number(reply[i + 1]);
    if (due <= before) entries.push({ key: String(reply[i]), due });
  }
  return entries;
}

/** Redis orders ties by bytes of UTF-8, which differs from code units only where there are surrogates. */
function compare(a: DuePosition, b: DuePosition): number {
  if (a.due !== b.due) return a.due - b.due;
  const length = Math.min(a.key.length, b.key.length);
  for (let i = 0; i < length; i++) {
    const one = a.key.charCodeAt(i);
    const other = b.key.charCodeAt(i);
    if (one !== other) return inUtf8(one) - inUtf8(other);
  }
  return a.key.length - b.key.length;
}

/** A code unit's rank in UTF-8: surrogates stand for characters behind all others. */
function inUtf8(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
