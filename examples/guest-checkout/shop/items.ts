/** How many of what: all that a cart is. */
import { type Product, products } from "./products.ts";

/** Product ids and how many of each. */
export type Items = Readonly<Record<string, number>>;

/** A product in a cart, or in an order, where name and price are what they were then. */
export interface Line extends Product {
  quantity: number;
}

export const MOST_OF_ONE = 12;

/** Whatever came from outside, without all that is no product or no number of them. */
export function validItems(entries: Iterable<readonly [string, unknown]>): Items {
  const items = new Map<string, number>();
  for (const [id, quantity] of entries) {
    if (!products.has(id) || !Number.isSafeInteger(quantity) || (quantity as number) < 1) continue;
    items.set(id, Math.min(quantity as number, MOST_OF_ONE));
  }
  return Object.fromEntries(items);
}

/** The same, but so many of that; none takes it out. */
export function withQuantity(items: Items, id: string, quantity: number): Items {
  return validItems(Object.entries({ ...items, [id]: quantity }));
}

/** Of each the larger number, so that doing it twice is doing it once. */
export function united(one: Items, other: Items): Items {
  const ids = Object.keys({ ...one, ...other });
  return validItems(ids.map((id) => [id, Math.max(one[id] ?? 0, other[id] ?? 0)] as const));
}

/** In the shop's order, whatever was put in first. */
export function linesOf(items: Items): Line[] {
  return [...products.values()].flatMap((product) => {
    const quantity = items[product.id];
    return quantity ? [{ ...product, quantity }] : [];
  });
}

export function totalOf(lines: readonly Line[]): number {
  return lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
}

export function countOf(items: Items): number {
  return Object.values(items).reduce((sum, quantity) => sum + quantity, 0);
}

/** What a customer has seen when they press the button: of another cart or another price it is another text. */
export function fingerprint(lines: readonly Line[]): string {
  return lines.map(({ id, quantity, price }) => `${id}.${quantity}.${price}`).join("~");
}
