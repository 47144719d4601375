/** Orders. */
import { type Cart, cartKey, emptyCart } from "./carts.ts";
import { database, runExclusive } from "./database.ts";
import type { Delivery } from "./delivery.ts";
import { fingerprint, type Line, linesOf, totalOf } from "./items.ts";

export interface Order {
  id: string;
  /** The short form of the id, for people. */
  number: string;
  placed: string;
  lines: Line[];
  total: number;
  delivery: Delivery;
}

/** The cart that the page showed when the customer placed the order. */
export interface ShownCart {
  cart: string;
  lines: string;
}

const orderKey = (owner: string, id: string): string => `orders:${owner}:${id}`;

/**
 * Makes an order of a cart, once: a second click or a second tab gets the same order. `null` if the cart is not the one that
 * the customer saw.
 */
export function placeOrder(owner: string, shown: ShownCart, delivery: Delivery): Promise<Order | null> {
  return runExclusive(owner, async () => {
    const cart = await database.getItem<Cart>(cartKey(owner));
    const before = await orderOf(owner, shown.cart);
    if (before === null) {
      const lines = linesOf(cart?.items ?? {});
      if (lines.length === 0 || cart?.id !== shown.cart || fingerprint(lines) !== shown.lines) return null;
      const number = cart.id.slice(0, 8).toUpperCase();
      const order = { id: cart.id, number, placed: new Date().toISOString(), lines, total: totalOf(lines), delivery };
      await database.setItem<Order>(orderKey(owner, cart.id), order);
      await emptyCart(owner, cart);
      return order;
    }
    // the process may have ended between the two writes
    if (cart?.id === before.id) await emptyCart(owner, cart);
    return before;
  });
}

export async function orderOf(owner: string, id: string): Promise<Order | null> {
  return /^[0-9a-f-]{36}$/.test(id) ? database.getItem<Order>(orderKey(owner, id)) : null;
}

/** All orders of an owner, newest first. */
export async function ordersOf(owner: string): Promise<Order[]> {
  const keys = await database.getKeys(`orders:${owner}`);
  const orders = await Promise.all(keys.map((key) => database.getItem<Order>(key)));
  return orders.filter((order) => order !== null).sort((a, b) => (a.placed < b.placed ? 1 : -1));
}

/** Moves a guest's orders to the account that the guest is merged into. They keep their ids, so it can be repeated. */
export async function handOverOrders(from: string, to: string): Promise<void> {
  for (const order of await ordersOf(from)) {
    await database.setItem<Order>(orderKey(to, order.id), order);
    await database.removeItem(orderKey(from, order.id));
  }
}
