/**
 * The due queue of drivers that keep it in the process.
 *
 * A list of leaves, each holding the items of one range of (due, key) in no particular order until it is read at that
 * range. Adding is one push: times arrive almost in order, so the leaf that took the last item takes the next one too.
 * Reading sorts only the leaves it touches, so what is stored but not due costs nothing. A leaf is cut in two when it
 * is full, between keys where it has to, so a million items of one millisecond are a thousand leaves and no special case.
 * Items are never searched for to be removed: they are marked stale, skipped, and dropped when their leaf is next
 * rearranged or when stale ones outnumber the others.
 */
import type { DueEntry, DuePage } from "../../sdk/storage/port.ts";
import { checkPage, compareDue, firstAfter, formatCursor, parseCursor } from "./due-page.ts";

/** One scheduled key. Rescheduling is another item. */
export interface DueItem extends Readonly<DueEntry> {
  /** The key was rescheduled or removed since: set by {@link DueIndex.remove}. */
  stale: boolean;
}

interface Leaf<Item> {
  /** The range begins here and ends where the next leaf begins. */
  due: number;
  key: string;
  items: Item[];
  sorted: boolean;
}

/** A leaf is cut when it holds so many: big enough to be rare, small enough that sorting one is nothing. */
const FULL = 2048;
const HALF = FULL / 2;
/** Stale items tolerated beyond the live ones, so that small queues are not rearranged all the time. */
const SLACK = 1000;

/** An ordered queue of items: cheap to add to and to remove from, and paged in the order of (due, key). */
export class DueIndex<Item extends DueItem> {
  private leaves: Leaf<Item>[] = [{ due: -Infinity, key: "", items: [], sorted: true }];
  private live = 0;
  private stale = 0;
  /** The leaf that took the last item, and the times that certainly belong to it: `from <= due < to`. */
  private hot: Leaf<Item> = this.leaves[0] as Leaf<Item>;
  private hotFrom = -Infinity;
  private hotTo = Infinity;

  /** How many keys are scheduled. */
  get size(): number {
    return this.live;
  }

  add(item: Item): void {
    const { due } = item;
    if (due < this.hotFrom || due >= this.hotTo) this.heat(this.locate(item));
    const leaf = this.hot;
    leaf.sorted = false;
    this.live++;
    if (leaf.items.push(item) >= FULL) this.cut(leaf);
  }

  remove(item: Item): void {
    item.stale = true;
    this.live--;
    if (++this.stale > this.live + SLACK) this.rebuild();
  }

  /** The items due at or before `before`, after `cursor`; what `AtomicDriver.due` returns. */
  page(before: number, limit: number, cursor?: string | null): DuePage {
    checkPage(before, limit);
    const after = parseCursor(cursor);
    const entries: DueEntry[] = [];
    let at = after ? this.locate(after) : 0;
    let from = after ? firstAfter(this.sort(at), after) : 0;
    while (at < this.leaves.length) {
      const items = this.sort(at);
      let skipped = 0;
      let more: boolean | undefined;
      for (; from < items.length; from++) {
        const item = items[from] as Item;
        if (item.due > before) more = false;
        else if (item.stale) skipped++;
        else if (entries.length === limit) more = true;
        else entries.push({ key: item.key, due: item.due });
        if (more !== undefined) break;
      }
      const emptied = skipped > items.length / 2 && this.sweep(at);
      if (more !== undefined) return { entries, cursor: more ? formatCursor(entries[limit - 1] as DueEntry) : null };
      if (!emptied) at++;
      from = 0;
      if ((this.leaves[at]?.due ?? Infinity) > before) break;
    }
    return { entries, cursor: null };
  }

  /** The number of the leaf whose range holds `position`. */
  private locate(position: DueEntry): number {
    let low = 0;
    let high = this.leaves.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (compareDue(this.leaves[middle] as Leaf<Item>, position) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private heat(at: number): void {
    const leaf = this.leaves[at] as Leaf<Item>;
    this.hot = leaf;
    // A range that begins or ends inside a millisecond shares it with its neighbour: only whole ones are certain.
    this.hotFrom = leaf.key === "" ? leaf.due : leaf.due + 1;
    this.hotTo = this.leaves[at + 1]?.due ?? Infinity;
  }

  /** The items of a leaf in order. */
  private sort(at: number): Item[] {
    const leaf = this.leaves[at] as Leaf<Item>;
    if (!leaf.sorted) {
      this.dropStale(leaf);
      leaf.items.sort(compareDue);
      leaf.sorted = true;
    }
    return leaf.items;
  }

  private dropStale(leaf: Leaf<Item>): void {
    const kept = leaf.items.filter(isLive);
    this.stale -= leaf.items.length - kept.length;
    leaf.items = kept;
  }

  /** Drops the stale items of a leaf, and the leaf when nothing is left: whether it is gone. */
  private sweep(at: number): boolean {
    const leaf = this.leaves[at] as Leaf<Item>;
    this.dropStale(leaf);
    if (leaf.items.length > 0 || this.leaves.length === 1) return false;
    this.leaves.splice(at, 1);
    const first = this.leaves[0] as Leaf<Item>;
    first.due = -Infinity;
    first.key = "";
    this.heat(this.leaves.length - 1);
    return true;
  }

  /** Makes two leaves of a full one. */
  private cut(leaf: Leaf<Item>): void {
    this.dropStale(leaf);
    if (leaf.items.length <= HALF) return;
    const at = this.locate(leaf);
    const last = at === this.leaves.length - 1 ? latest(leaf.items) : null;
    if (last !== null) {
      // Times that only grow: the full leaf stays full, and what comes next gets a new one.
      const early = leaf.items.filter((item) => item.due < last);
      const late = leaf.items.filter((item) => item.due >= last);
      leaf.items = early;
      this.leaves.push({ due: last, key: "", items: late, sorted: false });
    } else {
      const items = this.sort(at);
      const middle = items.length >> 1;
      const { due, key } = items[middle] as Item;
      const shared = (items[middle - 1] as Item).due === due;
      leaf.items = items.slice(0, middle);
      const next = { due, key: shared ? key : "", items: items.slice(middle), sorted: true };
      this.leaves.splice(at + 1, 0, next);
    }
    this.heat(last === null ? at : at + 1);
  }

  /** Drops every stale item, and joins leaves that became small. */
  private rebuild(): void {
    const leaves: Leaf<Item>[] = [];
    for (const leaf of this.leaves) {
      this.dropStale(leaf);
      const before = leaves.at(-1);
      if (before && before.items.length + leaf.items.length <= HALF) {
        before.items = before.items.concat(leaf.items);
        before.sorted = before.sorted && leaf.sorted;
      } else {
        leaves.push(leaf);
      }
    }
    this.leaves = leaves;
    this.heat(leaves.length - 1);
  }
}

function isLive(item: DueItem): boolean {
  return !item.stale;
}

/** The latest time of the items, or `null` when they all have the same. */
function latest(items: readonly DueItem[]): number | null {
  let max = -Infinity;
  let min = Infinity;
  for (const { due } of items) {
    if (due > max) max = due;
    if (due < min) min = due;
  }
  return max > min ? max : null;
}
