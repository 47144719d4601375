/** Sessions that ended because the guest became somebody with an account, on another device. */
import { auth } from "anon-accounts/context";
import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import { anon } from "./accounts.ts";

/**
 * Whether that is why nobody is signed in. Converting ends every other session, so whoever holds the guest's token is let
 * in no more; but it still proves that they were the guest, who may be told. The cookie goes with this response.
 */
export async function keptElsewhere(c: Context): Promise<boolean> {
  if (await auth()) return false;
  const token = getCookie(c, "__Host-anon") ?? getCookie(c, "anon");
  const claims = token ? anon.verifyToken(token) : null;
  return claims?.anonymous === true && (await anon.get(claims.id))?.anonymous === false;
}
