/**
 * The cart of whoever has no account yet: in a cookie, since somebody who looks around, or a crawler, is to make no
 * account. It is theirs to change, so nothing in it is believed before it was checked, and it holds no prices.
 */
import { type Items, validItems } from "./items.ts";

export interface CookieCart {
  /** Random; all requests of this browser that begin an account with it begin the same one. */
  key: string;
  items: Items;
}

const MONTH_S = 30 * 24 * 60 * 60;
const VALUE = /^([0-9a-f-]{36})((?:~[a-z]{1,20}\.\d{1,2}){0,20})$/;

/** The cart of a request; a new and empty one when there is none, or one that somebody meddled with. */
export function readCartCookie(request: Request): CookieCart {
  const start = `${nameFor(request)}=`;
  const cookies = (request.headers.get("cookie") ?? "").split(/; */);
  const value = cookies.find((pair) => pair.startsWith(start))?.slice(start.length) ?? "";
  const [, key, items = ""] = VALUE.exec(value) ?? [];
  const pairs = items.split("~").slice(1);
  const entries = pairs.map((pair) => pair.split(".")).map(([id = "", quantity]) => [id, Number(quantity)] as const);
  return { key: key ?? crypto.randomUUID(), items: validItems(entries) };
}

/** Whether there is something in it. */
export function hasCookieCart(request: Request): boolean {
  return Object.keys(readCartCookie(request).items).length > 0;
}

/** A `Set-Cookie` header with this cart; without items it takes the cookie away. */
export function cartCookie(request: Request, { key, items }: CookieCart): string {
  const pairs = Object.entries(items).map(([id, quantity]) => `~${id}.${quantity}`);
  const life = pairs.length > 0 ? MONTH_S : 0;
  const name = nameFor(request);
  const secure = name.startsWith("__Host-") ? "; Secure" : "";
  return `${name}=${key}${pairs.join("")}; Path=/; Max-Age=${life}; HttpOnly; SameSite=Lax${secure}`;
}

/**
 * With the prefix no other subdomain can set it, and know the key. Not every browser keeps such a cookie of
 * http://localhost; anywhere else there is TLS, or a proxy that ends it.
 */
function nameFor(request: Request): string {
  const { protocol, hostname } = new URL(request.url);
  const plain = protocol === "http:" && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
  return plain ? "cart" : "__Host-cart";
}
