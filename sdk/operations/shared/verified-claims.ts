import type { TokenClaims } from "../../contract/records.ts";
import type { Engine } from "../../engine.ts";
import { readToken } from "../../tokens/token.ts";

/** The claims of a token of ours that has not expired, without asking storage: a session that was ended still passes. */
export function verifiedClaims(engine: Engine, token: string): TokenClaims | null {
  const claims = readToken(engine.keyring, token, engine.now());
  return claims && engine.settings.find(claims.collectionId) ? claims : null;
}
