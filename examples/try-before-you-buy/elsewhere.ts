/** Sessions that ended because the guest became somebody with an account, on another device. */
import { auth } from "anon-accounts/context";
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { anon } from "./accounts.ts";

const TOLD = "told-elsewhere";

/**
 * Whether that is why this browser is signed out, once for each guest. Converting ends every other session, so the guest's
 * token signs in no more; but it still proves that this browser was the guest's, and may be told. The token's cookie stays:
 * this may be a slow request of the browser that just got a cookie of the account.
 */
export async function keptElsewhere(c: Context): Promise<boolean> {
  if (await auth()) return false;
  const token = getCookie(c, "__Host-anon") ?? getCookie(c, "anon");
  const claims = token ? anon.verifyToken(token) : null;
  if (claims?.anonymous !== true || getCookie(c, TOLD) === claims.id) return false;
  if ((await anon.admin.get(claims.id))?.anonymous !== false) return false;
  setCookie(c, TOLD, claims.id, { path: "/", httpOnly: true, sameSite: "Lax" });
  return true;
}
