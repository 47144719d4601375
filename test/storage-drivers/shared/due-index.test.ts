import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DueIndex, type DueItem } from "../../../storage-drivers/shared/due-index.ts";

/** How often any item's key was read: the cost of sorting and searching, independent of the machine. */
let keyReads = 0;

class Item implements DueItem {
  readonly due: number;
  stale = false;
  private readonly name: string;

  constructor(name: string, due: number) {
    this.name = name;
    this.due = due;
  }

  get key(): string {
    keyReads++;
    return this.name;
  }
}

function shuffled(count: number): number[] {
  const numbers = Array.from({ length: count }, (_, number) => number);
  for (let at = count - 1, seed = 1; at > 0; at--) {
    seed = (seed * 48_271) % 2_147_483_647;
    const other = seed % (at + 1);
    [numbers[at], numbers[other]] = [numbers[other] as number, numbers[at] as number];
  }
  return numbers;
}

/** Removes everything that is due page by page, and adds another item after every page. */
function drain(index: DueIndex<Item>, items: Map<string, Item>, before: number): number {
  let removed = 0;
  let cursor: string | null = null;
  do {
    const page = index.page(before, 1000, cursor);
    for (const { key } of page.entries) {
      index.remove(items.get(key) as Item);
      removed++;
    }
    index.add(new Item(`~${removed}`, before + 1));
    cursor = page.cursor;
  } while (cursor !== null);
  return removed;
}

function filled(count: number, due: (number: number) => number): { index: DueIndex<Item>; items: Map<string, Item> } {
  const index = new DueIndex<Item>();
  const items = new Map<string, Item>();
  for (const number of shuffled(count)) {
    const name = String(number).padStart(7, "0");
    const item = new Item(name, due(number));
    items.set(name, item);
    index.add(item);
  }
  return { index, items };
}

describe("due index", () => {
  it("holds a million items that are due in the same millisecond, at the cost of sorting them", {
    timeout: 300_000,
  }, () => {
    const costs = [100_000, 1_000_000].map((count) => {
      keyReads = 0;
      const { index, items } = filled(count, () => 5);
      assert.equal(drain(index, items, 5), count);
      return keyReads / count;
    });
    // With 10 times the items, quadratic work costs 10 times as much per item; sorting adds log2(10) comparisons.
    assert.ok((costs[1] as number) < (costs[0] as number) * 2, `key reads per item: ${costs}`);
  });

  it("does not read items that are not due", { timeout: 300_000 }, () => {
    const costs = [20_000, 1_000_000].map((count) => {
      const { index, items } = filled(count, (number) => (number < 10_000 ? number : 1e12 + number));
      keyReads = 0;
      assert.equal(drain(index, items, 1e6), 10_000);
      return keyReads;
    });
    assert.ok((costs[1] as number) < (costs[0] as number) * 1.1, `key reads: ${costs}`);
  });

  it("lists the first item repeatedly without reading the removed items before it", () => {
    const { index, items } = filled(50_000, (number) => number);
    keyReads = 0;
    for (let number = 0; number < 50_000; number++) {
      const [entry] = index.page(1e6, 1).entries;
      assert.equal(entry?.due, number);
      index.remove(items.get(entry.key) as Item);
    }
    assert.equal(index.size, 0);
    assert.ok(keyReads / 50_000 < 100, `key reads per page: ${keyReads / 50_000}`);
  });

  it("keeps one entry for an item that was moved many times", () => {
    const index = new DueIndex<Item>();
    let item = new Item("k", 0);
    index.add(item);
    for (let due = 1; due <= 100_000; due++) {
      index.remove(item);
      item = new Item("k", due * 7);
      index.add(item);
    }
    keyReads = 0;
    assert.deepEqual(index.page(1e9, 10), { entries: [{ key: "k", due: 700_000 }], cursor: null });
    assert.ok(keyReads < 30_000, `key reads: ${keyReads}`);
  });
});
