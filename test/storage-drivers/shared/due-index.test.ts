import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DueIndex, type DueItem } from "../../../storage-drivers/shared/due-index.ts";

/** How often any item's key was looked at: what sorting and searching cost, whatever the machine does. */
let looks = 0;

class Item implements DueItem {
  readonly due: number;
  stale = false;
  private readonly name: string;

  constructor(name: string, due: number) {
    this.name = name;
    this.due = due;
  }

  get key(): string {
    looks++;
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

/** Collects everything page by page, deleting what was listed and adding another item after every page. */
function drain(index: DueIndex<Item>, items: Map<string, Item>, before: number): number {
  let collected = 0;
  let cursor: string | null = null;
  do {
    const page = index.page(before, 1000, cursor);
    for (const { key } of page.entries) {
      index.remove(items.get(key) as Item);
      collected++;
    }
    index.add(new Item(`~${collected}`, before + 1));
    cursor = page.cursor;
  } while (cursor !== null);
  return collected;
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
  it("holds a million items of one millisecond at a cost that grows like sorting", { timeout: 300_000 }, () => {
    const costs = [100_000, 1_000_000].map((count) => {
      looks = 0;
      const { index, items } = filled(count, () => 5);
      assert.equal(drain(index, items, 5), count);
      return looks / count;
    });
    // Quadratic work would make an item 10 times as dear among ten times as many; sorting adds log2(10) comparisons.
    assert.ok((costs[1] as number) < (costs[0] as number) * 2, `looks per item: ${costs}`);
  });

  it("does not look at what is stored and not due", { timeout: 300_000 }, () => {
    const costs = [20_000, 1_000_000].map((count) => {
      const { index, items } = filled(count, (number) => (number < 10_000 ? number : 1e12 + number));
      looks = 0;
      assert.equal(drain(index, items, 1e6), 10_000);
      return looks;
    });
    assert.ok((costs[1] as number) < (costs[0] as number) * 1.1, `looks: ${costs}`);
  });

  it("lists the head again and again without passing what was removed before it", () => {
    const { index, items } = filled(50_000, (number) => number);
    looks = 0;
    for (let number = 0; number < 50_000; number++) {
      const [entry] = index.page(1e6, 1).entries;
      assert.equal(entry?.due, number);
      index.remove(items.get(entry.key) as Item);
    }
    assert.equal(index.size, 0);
    assert.ok(looks / 50_000 < 100, `looks per page: ${looks / 50_000}`);
  });

  it("forgets items that were moved, however often", () => {
    const index = new DueIndex<Item>();
    let item = new Item("k", 0);
    index.add(item);
    for (let due = 1; due <= 100_000; due++) {
      index.remove(item);
      item = new Item("k", due * 7);
      index.add(item);
    }
    looks = 0;
    assert.deepEqual(index.page(1e9, 10), { entries: [{ key: "k", due: 700_000 }], cursor: null });
    assert.ok(looks < 30_000, `looks: ${looks}`);
  });
});
