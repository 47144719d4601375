import { readToken } from "../crypto/token.ts";
import type { Engine } from "../engine.ts";
import type { TokenClaims } from "../types.ts";

/** The claims of a token of ours that has not expired, without asking storage: a session that was ended still passes. */
export function verifyToken(engine: Engine, token: string): TokenClaims | null {
  const claims = readToken(engine.keyring, token, engine.now());
  return claims && engine.settings.find(claims.collectionId) ? claims : null;
}
