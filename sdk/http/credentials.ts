/** Which token a request comes with. */
import { verifyToken } from "../operations/verify-token.ts";
import type { TokenClaims } from "../types.ts";
import { readCookie } from "./cookie.ts";
import type { HttpEngine } from "./engine.ts";

/** A token, and where it was. */
export interface Credentials {
  token: string;
  from: "header" | "cookie";
  /** What it says; `null` when it is not ours or has expired. Whether its session was ended nobody has asked yet. */
  claims: TokenClaims | null;
}

/**
 * The token of the `Authorization` header, raw or after `Bearer`; else that of the cookie. A header of another scheme
 * (`Basic` of a proxy), or with a token that is not ours or has expired, does not make somebody with a good cookie
 * nobody. Of several cookies of the name, which another path or domain can leave, it is the first that is good.
 */
export function credentialsOf({ engine, cookie }: HttpEngine, request: Request): Credentials | null {
  const found = (token: string, from: Credentials["from"]): Credentials => ({
    token,
    from,
    claims: verifyToken(engine, token),
  });
  // a missing request arrives here as undefined, which is nobody's
  const header = request?.headers?.get("authorization");
  const [, bearer, raw] = header ? (/^(?:bearer\s+(.*)|(\S+))$/is.exec(header.trim()) ?? []) : [];
  const token = bearer ?? raw;
  const sent = token ? found(token, "header") : null;
  if (!request?.headers || sent?.claims) return sent;
  let first: Credentials | undefined;
  for (const value of readCookie(request, cookie)) {
    const kept = found(value, "cookie");
    if (kept.claims) return kept;
    first ??= kept;
  }
  return sent ?? first ?? null;
}

/** The same, found out when it is first asked for and only then: whoever checks it and whoever uses it see one token. */
export function senderOf(http: HttpEngine, request: Request): () => Credentials | null {
  let sender: Credentials | null | undefined;
  return () => {
    if (sender === undefined) sender = credentialsOf(http, request);
    return sender;
  };
}
