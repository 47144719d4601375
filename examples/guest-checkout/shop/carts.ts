/** The cart of whoever it is: in a cookie until they have an account, then under its id. */
import { auth, request } from "anon-accounts/context";
import { cartCookie, readCartCookie } from "./cart-cookie.ts";
import { database, inTurn } from "./database.ts";
import { type Items, united } from "./items.ts";

export interface Cart {
  /** The order that this cart becomes will have it, too. Empty while the cart is in a cookie: those order nothing. */
  id: string;
  items: Items;
  /** The merges that have brought a guest's cart here: one that comes again, after a crash, brings it no second time. */
  merges?: readonly string[];
}

export const cartKey = (owner: string): string => `carts:${owner}`;

/** What the visitor of this request has put into it. Reads only. */
export async function currentCart(): Promise<Cart> {
  const visitor = await auth();
  const { items } = readCartCookie(request());
  if (!visitor) return { id: "", items };
  const kept = await database.getItem<Cart>(cartKey(visitor.record.id));
  return { id: kept?.id ?? "", items: united(kept?.items ?? {}, items) };
}

/** Changes it. The answer is the cookies that the response has to set. */
export async function changeCart(change: (items: Items) => Items): Promise<string[]> {
  const visitor = await auth();
  if (visitor) return moveCartTo(visitor.record.id, change);
  const cart = readCartCookie(request());
  return [cartCookie(request(), { ...cart, items: change(cart.items) })];
}

/** Puts the cookie's cart into an account's, where it stays. Doing it twice, in two tabs, is doing it once. */
export async function moveCartTo(owner: string, change = (items: Items): Items => items): Promise<string[]> {
  const cookie = readCartCookie(request());
  await addTo(owner, cookie.items, change);
  return [cartCookie(request(), { ...cookie, items: {} })];
}

/** Gives a guest's cart to the account that the guest turned out to have, once for each merge. */
export function handOverCart(from: string, to: string, mergeId: string): Promise<void> {
  return inTurn(from, async () => {
    const kept = await database.getItem<Cart>(cartKey(from));
    if (kept) await inTurn(to, () => receive(to, kept.items, mergeId));
    await database.removeItem(cartKey(from));
  });
}

async function receive(owner: string, more: Items, mergeId: string): Promise<void> {
  const { id = crypto.randomUUID(), items = {}, merges = [] } = (await database.getItem<Cart>(cartKey(owner))) ?? {};
  if (merges.includes(mergeId)) return;
  // one write: the note of the merge is there exactly when the items are
  await database.setItem<Cart>(cartKey(owner), { id, items: united(items, more), merges: [...merges, mergeId] });
}

/** Takes everything out of it, but not what is to be known of it. */
export function emptyCart(owner: string, cart: Cart | null): Promise<void> {
  if (!cart?.merges) return database.removeItem(cartKey(owner));
  return database.setItem<Cart>(cartKey(owner), { id: crypto.randomUUID(), items: {}, merges: cart.merges });
}

function addTo(owner: string, more: Items, change = (items: Items): Items => items): Promise<void> {
  return inTurn(owner, async () => {
    const kept = await database.getItem<Cart>(cartKey(owner));
    const items = change(united(kept?.items ?? {}, more));
    if (Object.keys(items).length === 0) return emptyCart(owner, kept);
    return database.setItem<Cart>(cartKey(owner), { ...kept, id: kept?.id ?? crypto.randomUUID(), items });
  });
}
