/**
 * Stores a value for a browser for ten minutes, to be used once. The browser has only a random key, in a cookie that scripts
 * cannot read. The values are in this process: several processes need a shared store.
 */
import { randomBytes } from "node:crypto";
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { CookieOptions } from "hono/utils/cookie";
import { originOf } from "../shared/origin.ts";

const TEN_MINUTES = 600;

/** Bounds the memory: the oldest values are dropped. */
const MAX_ENTRIES = 10_000;

export class BrowserStore<Value> {
  readonly #name: string;
  readonly #entries = new Map<string, { value: Value; until: number }>();

  constructor(name: string) {
    this.#name = name;
  }

  /** Replaces the browser's previous value. */
  set(c: Context, value: Value): void {
    const now = Date.now();
    for (const [oldest, { until }] of this.#entries) {
      if (until > now && this.#entries.size < MAX_ENTRIES) break;
      this.#entries.delete(oldest);
    }
    const key = randomBytes(32).toString("base64url");
    this.#entries.set(key, { value, until: now + TEN_MINUTES * 1_000 });
    // Lax: the browser returns from another site
    setCookie(c, this.#name, key, { ...cookieOptions(c), httpOnly: true, sameSite: "Lax", maxAge: TEN_MINUTES });
  }

  /** The value, if it has not expired. */
  get(c: Context): Value | null {
    const found = this.#entries.get(this.#key(c));
    return found && found.until > Date.now() ? found.value : null;
  }

  /** Returns and removes the value: only one of several requests gets it. */
  take(c: Context): Value | null {
    const value = this.get(c);
    this.#entries.delete(this.#key(c));
    deleteCookie(c, this.#name, cookieOptions(c));
    return value;
  }

  #key(c: Context): string {
    return getCookie(c, this.#name, cookieOptions(c).prefix) ?? "";
  }
}

/** Over https with the prefix `__Host-`: other hosts of the domain cannot set the cookie. */
function cookieOptions(c: Context): CookieOptions {
  const secure = originOf(c).startsWith("https:");
  return secure ? { path: "/", secure, prefix: "host" } : { path: "/" };
}
