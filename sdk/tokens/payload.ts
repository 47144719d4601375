/**
 * What a token says, as text and back.
 *
 * The payload is ASCII without `~`, `?` and `>`: its base64 then has neither `+` nor `/`, so it is its own base64url,
 * and browser clients that run `atob` over it can read it.
 */
import { isAccountId } from "../account/id.ts";
import type { TokenClaims } from "../contract/records.ts";

/** Times are in milliseconds since the epoch. */
export interface TokenInput {
  id: string;
  collection: string;
  sid: string;
  anonymous: boolean;
  issued: number;
  expires: number;
}

/** The payload of a token, as base64url. */
export function writePayload({ id, collection, sid, anonymous, issued, expires }: TokenInput): string {
  const payload = {
    type: "auth",
    id,
    sub: id,
    collectionId: collection,
    sid,
    anonymous,
    refreshable: true,
    iat: Math.floor(issued / 1_000),
    exp: Math.floor(expires / 1_000),
  };
  return btoa(JSON.stringify(payload)).replace(/=+$/, "");
}

/** The claims in a payload with a valid signature; `null` for other kinds of token, which the same secret may sign. */
export function readPayload(part: string): TokenClaims | null {
  let claims: TokenClaims;
  try {
    claims = JSON.parse(atob(part)) as TokenClaims;
  } catch {
    return null;
  }
  const valid =
    claims?.type === "auth" &&
    isAccountId(claims.id) &&
    claims.sub === claims.id &&
    typeof claims.collectionId === "string" &&
    typeof claims.sid === "string" &&
    typeof claims.anonymous === "boolean" &&
    typeof claims.refreshable === "boolean" &&
    Number.isSafeInteger(claims.iat) &&
    Number.isSafeInteger(claims.exp);
  return valid ? claims : null;
}
