/** How many items a sample holds. */
const SIZE = 1_000;

/** A random sample of what is added, in which each item is with the same probability (Vitter's algorithm R). */
export function createSample<Item>(): { items: readonly Item[]; add(item: Item): void } {
  const items: Item[] = [];
  let added = 0;
  return {
    items,
    add(item) {
      added++;
      if (items.length < SIZE) {
        items.push(item);
        return;
      }
      const place = Math.floor(Math.random() * added);
      if (place < SIZE) items[place] = item;
    },
  };
}
