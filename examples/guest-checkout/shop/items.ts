/** The items of a cart: products and quantities. */
import { type Product, products } from "./products.ts";

/** Product ids and how many of each. */
export type Items = Readonly<Record<string, number>>;

/** A product in a cart, or in an order, which keeps the name and price of its time. */
export interface Line extends Product {
  quantity: number;
}

export const MAX_QUANTITY = 12;

/** Drops unknown products and invalid quantities from untrusted input. */
export function validItems(entries: Iterable<readonly [string, unknown]>): Items {
  const items = new Map<string, number>();
  for (const [id, quantity] of entries) {
    if (!products.has(id) || !Number.isSafeInteger(quantity) || (quantity as number) < 1) continue;
    items.set(id, Math.min(quantity as number, MAX_QUANTITY));
  }
  return Object.fromEntries(items);
}

/** Sets the quantity of one product; 0 removes it. */
export function withQuantity(items: Items, id: string, quantity: number): Items {
  return validItems(Object.entries({ ...items, [id]: quantity }));
}

/** Takes the larger quantity of each product, so that repeating a merge changes nothing. */
export function mergeItems(one: Items, other: Items): Items {
  const ids = Object.keys({ ...one, ...other });
  return validItems(ids.map((id) => [id, Math.max(one[id] ?? 0, other[id] ?? 0)] as const));
}

/** The lines in the shop's order of products. */
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

/** Identifies what the customer saw when they placed the order: it differs if items, quantities or prices differ. */
export function fingerprint(lines: readonly Line[]): string {
  return lines.map(({ id, quantity, price }) => `${id}.${quantity}.${price}`).join("~");
}
