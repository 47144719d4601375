/**
 * Stores the code in a cookie that only the page that shows it receives, and no script. So the code is in no URL and no log,
 * and reloading the page does not create another one.
 */
import type { Authenticated } from "anon-accounts";
import type { TransferCode } from "anon-accounts/types";
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { originOf } from "../shared/origin.ts";

const NAME = "transfer-code";
const PATH = "/another-device";

export function storeCode(c: Context, { claims }: Authenticated, { code, expires }: TransferCode): void {
  const maxAge = Math.max(0, Math.floor((Date.parse(expires) - Date.now()) / 1_000));
  const secure = originOf(c).startsWith("https:");
  setCookie(c, NAME, `${claims.sid}~${expires}~${code}`, {
    path: PATH,
    httpOnly: true,
    sameSite: "Strict",
    secure,
    maxAge,
  });
}

/** The code, if this session created it: codes end with their session. */
export function storedCode(c: Context, { claims }: Authenticated): TransferCode | null {
  const [sid, expires = "", code = ""] = (getCookie(c, NAME) ?? "").split("~");
  return sid === claims.sid && Date.parse(expires) > Date.now() && /^[0-9A-Z-]{16,24}$/.test(code)
    ? { code, expires }
    : null;
}
