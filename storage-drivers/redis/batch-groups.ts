/** Which calls share a command: those of one slot in a cluster, and not too many. */
import { shardOf } from "./shards.ts";
import type { JointItems, SwapItem } from "./swap-items.ts";

/** The server is blocked while it runs a command: 256 swaps are about 1 ms. */
export const MAX_ITEMS = 256;
const MAX_CHARACTERS = 1 << 20;

/** A group of swaps is not split into smaller ones than this. */
const MIN_SWAPS = 32;

/** The places of keys, by the command that reads them; by shard, if they must be in one slot. */
export function stretches(keys: readonly string[], byShard: boolean): number[][] {
  const done: number[][] = [];
  const open: (number[] | undefined)[] = [];
  for (const [place, key] of keys.entries()) {
    const shard = byShard ? shardOf(key) : 0;
    let stretch = open[shard];
    if (!stretch || stretch.length === MAX_ITEMS) {
      stretch = [];
      open[shard] = stretch;
      done.push(stretch);
    }
    stretch.push(place);
  }
  return done;
}

/**
 * The swaps of each script call: no key twice in one, and none too big. From 64 on, the swaps of a tick are at least two
 * groups, so that the server works on one while the next is written and the previous reply is read.
 */
export function swapGroups(items: readonly SwapItem[], isCluster: boolean): SwapItem[][] {
  const most = Math.min(MAX_ITEMS, Math.max(MIN_SWAPS, Math.ceil(items.length / 2)));
  const done: SwapItem[][] = [];
  const open = new Map<number, { items: SwapItem[]; keys: Set<string>; weight: number }>();
  for (const item of items) {
    const shard = isCluster ? item.shard : 0;
    let group = open.get(shard);
    const weight = (item.expected?.length ?? 0) + (item.next?.length ?? 0);
    if (!group || group.items.length === most || group.weight + weight > MAX_CHARACTERS || group.keys.has(item.key)) {
      group = { items: [], keys: new Set(), weight: 0 };
      open.set(shard, group);
      done.push(group.items);
    }
    group.items.push(item);
    group.keys.add(item.key);
    group.weight += weight;
  }
  return done;
}

/** The joint swaps of each script call, on a single server; as {@link swapGroups}. */
export function jointGroups(all: readonly JointItems[]): JointItems[][] {
  const most = Math.min(
    MAX_ITEMS,
    Math.max(MIN_SWAPS, Math.ceil(all.reduce((sum, { items }) => sum + items.length, 0) / 2)),
  );
  const done: JointItems[][] = [];
  let open: JointItems[] | undefined;
  let keys = new Set<string>();
  let weight = 0;
  for (const joint of all) {
    const { items } = joint;
    const own = items.reduce((sum, { expected, next }) => sum + (expected?.length ?? 0) + (next?.length ?? 0), 0);
    const isFull = keys.size + items.length > most || weight + own > MAX_CHARACTERS;
    if (!open || isFull || items.some(({ key }) => keys.has(key))) {
      open = [];
      done.push(open);
      keys = new Set();
      weight = 0;
    }
    open.push(joint);
    for (const { key } of items) keys.add(key);
    weight += own;
  }
  return done;
}
