/** The visitor's cart: in a cookie until they have an account, then under its id. */
import { auth, request } from "anon-accounts/context";
import { cartCookie, readCartCookie } from "./cart-cookie.ts";
import { database, runExclusive } from "./database.ts";
import { type Items, mergeItems } from "./items.ts";

export interface Cart {
  /** Also the id of the order made from this cart. Empty while the cart is in a cookie, which cannot be ordered. */
  id: string;
  items: Items;
  /** The merges that added a guest's cart. A merge that is repeated after a crash does not add it again. */
  merges?: readonly string[];
}

export const cartKey = (owner: string): string => `carts:${owner}`;

/** The cart of this request's visitor. Reads only. */
export async function currentCart(): Promise<Cart> {
  const visitor = await auth();
  const { items } = readCartCookie(request());
  if (!visitor) return { id: "", items };
  const stored = await database.getItem<Cart>(cartKey(visitor.record.id));
  return { id: stored?.id ?? "", items: mergeItems(stored?.items ?? {}, items) };
}

/** Returns the cookies that the response must set. */
export async function changeCart(change: (items: Items) => Items): Promise<string[]> {
  const visitor = await auth();
  if (visitor) return moveCartTo(visitor.record.id, change);
  const cart = readCartCookie(request());
  return [cartCookie(request(), { ...cart, items: change(cart.items) })];
}

/** Moves the cookie's cart to an account. Repeating it, as from two tabs, changes nothing. */
export async function moveCartTo(owner: string, change = (items: Items): Items => items): Promise<string[]> {
  const cookie = readCartCookie(request());
  await addTo(owner, cookie.items, change);
  return [cartCookie(request(), { ...cookie, items: {} })];
}

/** Moves a guest's cart to the account that the guest is merged into, once for each merge. */
export function handOverCart(from: string, to: string, mergeId: string): Promise<void> {
  return runExclusive(from, async () => {
    const stored = await database.getItem<Cart>(cartKey(from));
    if (stored) await runExclusive(to, () => addOnce(to, stored.items, mergeId));
    await database.removeItem(cartKey(from));
  });
}

async function addOnce(owner: string, more: Items, mergeId: string): Promise<void> {
  const { id = crypto.randomUUID(), items = {}, merges = [] } = (await database.getItem<Cart>(cartKey(owner))) ?? {};
  if (merges.includes(mergeId)) return;
  // one write stores both the items and the merge id
  await database.setItem<Cart>(cartKey(owner), { id, items: mergeItems(items, more), merges: [...merges, mergeId] });
}

/** Empties the cart, but keeps the ids of its merges. */
export function emptyCart(owner: string, cart: Cart | null): Promise<void> {
  if (!cart?.merges) return database.removeItem(cartKey(owner));
  return database.setItem<Cart>(cartKey(owner), { id: crypto.randomUUID(), items: {}, merges: cart.merges });
}

function addTo(owner: string, more: Items, change = (items: Items): Items => items): Promise<void> {
  return runExclusive(owner, async () => {
    const stored = await database.getItem<Cart>(cartKey(owner));
    const items = change(mergeItems(stored?.items ?? {}, more));
    if (Object.keys(items).length === 0) return emptyCart(owner, stored);
    return database.setItem<Cart>(cartKey(owner), { ...stored, id: stored?.id ?? crypto.randomUUID(), items });
  });
}
