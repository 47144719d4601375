/**
 * The cart of a visitor without an account. It is in a cookie, so that looking around creates no account, also for crawlers.
 * Visitors can change the cookie, so its content is validated, and it has no prices.
 */
import { type Items, validItems } from "./items.ts";

export interface CookieCart {
  /** Random. The idempotency key for creating the account: all requests of this browser create the same one. */
  key: string;
  items: Items;
}

const MONTH_S = 30 * 24 * 60 * 60;
const VALUE = /^([0-9a-f-]{36})((?:~[a-z]{1,20}\.\d{1,2}){0,20})$/;

/** The cart of a request; a new, empty one if the cookie is missing or invalid. */
export function readCartCookie(request: Request): CookieCart {
  const start = `${nameFor(request)}=`;
  const cookies = (request.headers.get("cookie") ?? "").split(/; */);
  const value = cookies.find((pair) => pair.startsWith(start))?.slice(start.length) ?? "";
  const [, key, items = ""] = VALUE.exec(value) ?? [];
  const pairs = items.split("~").slice(1);
  const entries = pairs.map((pair) => pair.split(".")).map(([id = "", quantity]) => [id, Number(quantity)] as const);
  return { key: key ?? crypto.randomUUID(), items: validItems(entries) };
}

/** Whether the cookie's cart has items. */
export function hasCookieCart(request: Request): boolean {
  return Object.keys(readCartCookie(request).items).length > 0;
}

/** A `Set-Cookie` header with this cart; without items it removes the cookie. */
export function cartCookie(request: Request, { key, items }: CookieCart): string {
  const pairs = Object.entries(items).map(([id, quantity]) => `~${id}.${quantity}`);
  const maxAge = pairs.length > 0 ? MONTH_S : 0;
  const name = nameFor(request);
  const secure = name.startsWith("__Host-") ? "; Secure" : "";
  return `${name}=${key}${pairs.join("")}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure}`;
}

/**
 * The prefix keeps other subdomains from setting the cookie, and so from knowing the key. Not every browser accepts it
 * on http://localhost; any other host has TLS, or a proxy that terminates it.
 */
function nameFor(request: Request): string {
  const { protocol, hostname } = new URL(request.url);
  const plain = protocol === "http:" && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
  return plain ? "cart" : "__Host-cart";
}
