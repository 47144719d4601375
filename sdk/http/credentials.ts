/** Which token a request comes with. */
import { verifyToken } from "../operations/verify-token.ts";
import { readCookie } from "./cookie.ts";
import type { HttpEngine } from "./engine.ts";

/** A token, which nothing is known of yet, and where it was. */
export interface Credentials {
  token: string;
  from: "header" | "cookie";
}

/**
 * The token of the `Authorization` header, raw or after `Bearer`; else that of the cookie. A header of another scheme
 * (`Basic` of a proxy), or with a token that is not ours or has expired, does not make somebody with a good cookie
 * nobody. Of several cookies of the name, which another path or domain can leave, it is the first that is good.
 */
export function credentialsOf({ engine, cookie }: HttpEngine, request: Request): Credentials | null {
  // a missing request arrives here as undefined, which is nobody's
  const header = request?.headers?.get("authorization")?.trim();
  const [, bearer, raw] = /^(?:bearer\s+(.*)|(\S+))$/is.exec(header ?? "") ?? [];
  const token = bearer ?? raw;
  const sent: Credentials | null = token ? { token, from: "header" } : null;
  if (!request?.headers || (sent && verifyToken(engine, sent.token))) return sent;
  const values = readCookie(request, cookie);
  const good = values.find((value) => verifyToken(engine, value));
  if (good !== undefined) return { token: good, from: "cookie" };
  return sent ?? (values[0] === undefined ? null : { token: values[0], from: "cookie" });
}
