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
 * (`Basic` of a proxy) is not meant for us. Of several cookies of the name, which another path or domain can leave, it
 * is the first that is ours and has not expired.
 */
export function credentialsOf({ engine, cookie }: HttpEngine, request: Request): Credentials | null {
  // a missing request arrives here as undefined, which is nobody's
  const header = request?.headers?.get("authorization")?.trim();
  const [, bearer, raw] = /^(?:bearer\s+(.*)|(\S+))$/is.exec(header ?? "") ?? [];
  const token = bearer ?? raw;
  if (token) return { token, from: "header" };
  if (!request?.headers) return null;
  const values = readCookie(request, cookie);
  const found = values.find((value) => verifyToken(engine, value)) ?? values[0];
  return found === undefined ? null : { token: found, from: "cookie" };
}
