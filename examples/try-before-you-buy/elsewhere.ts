/** Sessions that ended because the guest was converted on another device. */
import { auth } from "anon-accounts/context";
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { anon } from "./accounts.ts";

const NOTICE_COOKIE = "kept-elsewhere-notice";

/**
 * Whether that is why this browser is signed out; `true` only once for each guest. Converting ends all other sessions, so
 * the guest's token no longer signs in, but it still proves that this browser was the guest's. The token's cookie stays: this
 * may be a slow request of the browser that has just received a cookie of the account.
 */
export async function detectKeptElsewhere(c: Context): Promise<boolean> {
  if (await auth()) return false;
  const token = getCookie(c, "__Host-anon") ?? getCookie(c, "anon");
  const claims = token ? anon.verifyToken(token) : null;
  if (claims?.anonymous !== true || getCookie(c, NOTICE_COOKIE) === claims.id) return false;
  if ((await anon.admin.get(claims.id))?.anonymous !== false) return false;
  setCookie(c, NOTICE_COOKIE, claims.id, { path: "/", httpOnly: true, sameSite: "Lax" });
  return true;
}
