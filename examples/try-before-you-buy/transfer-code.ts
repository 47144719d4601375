/**
 * The code that a browser shows: in a cookie of the page that shows it, which no script and no other page gets. So it is in
 * no address and no log, and loading the page again makes no other one.
 */
import type { Authenticated } from "anon-accounts";
import type { TransferCode } from "anon-accounts/types";
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { originOf } from "../shared/origin.ts";

const NAME = "transfer-code";
const PATH = "/another-device";

export function keepCode(c: Context, { claims }: Authenticated, { code, expires }: TransferCode): void {
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

/** The code, if it is there and of this very session: with another one it is not good any more. */
export function keptCode(c: Context, { claims }: Authenticated): TransferCode | null {
  const [sid, expires = "", code = ""] = (getCookie(c, NAME) ?? "").split("~");
  return sid === claims.sid && Date.parse(expires) > Date.now() && /^[0-9A-Z-]{16,24}$/.test(code)
    ? { code, expires }
    : null;
}
