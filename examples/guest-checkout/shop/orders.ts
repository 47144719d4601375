/** Orders: a cart that was sent off. */
import { type Cart, cartKey, emptyCart } from "./carts.ts";
import { database, inTurn } from "./database.ts";
import type { Delivery } from "./delivery.ts";
import { fingerprint, type Line, linesOf, totalOf } from "./items.ts";

export interface Order {
  id: string;
  /** For people. */
  number: string;
  placed: string;
  lines: Line[];
  total: number;
  delivery: Delivery;
}

/** What a customer had before them when they pressed the button. */
export interface Seen {
  cart: string;
  lines: string;
}

const orderKey = (owner: string, id: string): string => `orders:${owner}:${id}`;

/**
 * Makes an order of a cart, once: whoever sends it again, from a second tab or with a second click, gets the order that is
 * there. `null` when the cart is not what the customer saw.
 */
export function placeOrder(owner: string, seen: Seen, delivery: Delivery): Promise<Order | null> {
  return inTurn(owner, async () => {
    const cart = await database.getItem<Cart>(cartKey(owner));
    const before = await orderOf(owner, seen.cart);
    if (before === null) {
      const lines = linesOf(cart?.items ?? {});
      if (lines.length === 0 || cart?.id !== seen.cart || fingerprint(lines) !== seen.lines) return null;
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

/** One order of this owner. */
export async function orderOf(owner: string, id: string): Promise<Order | null> {
  return /^[0-9a-f-]{36}$/.test(id) ? database.getItem<Order>(orderKey(owner, id)) : null;
}

/** All of them, the newest first. */
export async function ordersOf(owner: string): Promise<Order[]> {
  const keys = await database.getKeys(`orders:${owner}`);
  const orders = await Promise.all(keys.map((key) => database.getItem<Order>(key)));
  return orders.filter((order) => order !== null).sort((a, b) => (a.placed < b.placed ? 1 : -1));
}

/** Gives a guest's orders to the account that the guest turned out to have. Twice is once: they keep their ids. */
export async function handOverOrders(from: string, to: string): Promise<void> {
  for (const order of await ordersOf(from)) {
    await database.setItem<Order>(orderKey(to, order.id), order);
    await database.removeItem(orderKey(from, order.id));
  }
}
