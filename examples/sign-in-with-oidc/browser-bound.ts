/**
 * What is remembered of one browser for a few minutes, and used once. The browser holds nothing but a random key to it, in
 * a cookie that no script reads. It is kept in this process: several of them would share a store.
 */
import { randomBytes } from "node:crypto";
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { CookieOptions } from "hono/utils/cookie";
import { originOf } from "../shared/origin.ts";

const TEN_MINUTES = 600;

/** Whoever sends many requests gets rid of the oldest, and not of the memory. */
const MOST = 10_000;

export class BrowserBound<Value> {
  readonly #name: string;
  readonly #kept = new Map<string, { value: Value; until: number }>();

  constructor(name: string) {
    this.#name = name;
  }

  /** In the place of what there was of this browser. */
  keep(c: Context, value: Value): void {
    const now = Date.now();
    for (const [oldest, { until }] of this.#kept) {
      if (until > now && this.#kept.size < MOST) break;
      this.#kept.delete(oldest);
    }
    const key = randomBytes(32).toString("base64url");
    this.#kept.set(key, { value, until: now + TEN_MINUTES * 1_000 });
    // Lax: the browser comes back from another site
    setCookie(c, this.#name, key, { ...settingsOf(c), httpOnly: true, sameSite: "Lax", maxAge: TEN_MINUTES });
  }

  /** What there is, if it is not too old. */
  look(c: Context): Value | null {
    const found = this.#kept.get(this.#key(c));
    return found && found.until > Date.now() ? found.value : null;
  }

  /** The same, for the last time: of several requests one gets it. */
  take(c: Context): Value | null {
    const value = this.look(c);
    this.#kept.delete(this.#key(c));
    deleteCookie(c, this.#name, settingsOf(c));
    return value;
  }

  #key(c: Context): string {
    return getCookie(c, this.#name, settingsOf(c).prefix) ?? "";
  }
}

/** Over https, `__Host-`: no other host of the domain, and nobody on the way, can put one there. */
function settingsOf(c: Context): CookieOptions {
  const secure = originOf(c).startsWith("https:");
  return secure ? { path: "/", secure, prefix: "host" } : { path: "/" };
}
