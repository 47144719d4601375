import type { TokenClaims } from "../../contract/records.ts";
import type { Engine } from "../../engine.ts";
import { readToken } from "../../tokens/token.ts";

/** Without a read, so it also accepts the token of a session that has ended. */
export function verifiedClaims(engine: Engine, token: string): TokenClaims | null {
  const claims = readToken(engine.keyring, token, engine.now());
  return claims && engine.settings.find(claims.collectionId) ? claims : null;
}
