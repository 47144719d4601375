/** The due queue: one sorted set per shard, merged into one order. */
import type { Buffer } from "node:buffer";
import type { DueEntry, DuePage } from "../../sdk/storage/port.ts";
import { checkPage, formatCursor, parseCursor } from "../shared/due-page.ts";
import type { Connection } from "./connection.ts";
import { DUE, score } from "./scripts.ts";
import { type Layout, shardOf } from "./shards.ts";

/** Entries of the cursor's own time that may be fetched again before its place among them is searched for instead. */
const TIES = 16;

/** What was fetched of one queue; `more` when there may be entries after it. */
interface Stretch {
  queue: string;
  entries: DueEntry[];
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
  const stretches = await Promise.all(layout.queues.map((queue) => fetch(connection, queue, before, count, from)));
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
        const next = await fetch(connection, stretch.queue, before, count, start);
        stretch.entries = stretch.entries.concat(next.entries);
        stretch.more = next.more;
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

/** The next entries of one queue. Where those of the cursor's time fill the reply, a script finds the place among them. */
async function fetch(
  connection: Connection,
  queue: string,
  before: number,
  count: number,
  from: DueEntry | null,
): Promise<Stretch> {
  const first = from ? String(from.due) : "-inf";
  // A few more than asked for: the cursor's own time is listed from its beginning.
  const most = count + (from ? TIES : 0);
  const reply = await connection.read("zrangebyscore", [queue, first, score(before), "WITHSCORES", "LIMIT", 0, most]);
  const listed = positions(reply, before);
  let entries = from ? listed.filter((entry) => compare(entry, from) > 0).slice(0, count) : listed;
  if (from && listed.length === most && entries.length < count) {
    entries = positions(await connection.readScript(DUE, [1, queue, count, first, from.key]), before);
  }
  return { queue, entries, more: entries.length >= count };
}

function positions(reply: unknown, before: number): DueEntry[] {
  const entries: DueEntry[] = [];
  const parts = reply as Buffer[];
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const due = Number(parts[i + 1]);
    if (due <= before) entries.push({ key: String(parts[i]), due });
  }
  return entries;
}

/** Redis orders ties by bytes of UTF-8, which differs from code units only where there are surrogates. */
function compare(a: DueEntry, b: DueEntry): number {
  if (a.due !== b.due) return a.due - b.due;
  const length = Math.min(a.key.length, b.key.length);
  for (let i = 0; i < length; i++) {
    const one = a.key.charCodeAt(i);
    const other = b.key.charCodeAt(i);
    if (one !== other) return inUtf8(one) - inUtf8(other);
  }
  return a.key.length - b.key.length;
}

/** A code unit's rank in UTF-8: surrogates stand for characters after all others. */
function inUtf8(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
