/** Tokens: JSON Web Tokens signed with HMAC-SHA-256 (RFC 7515, RFC 7519), which any JOSE library verifies. */
import type { TokenClaims } from "../contract/records.ts";
import { isFlat } from "../recurring-values.ts";
import type { Keyring } from "./keyring.ts";
import type { TokenInput } from "./payload.ts";
import { readPayload, writePayload } from "./payload-fast.ts";

// longer than any token of ours; a bound on the work an arbitrary string can cause
const MAXIMUM_LENGTH = 2_048;

export function signToken(keyring: Keyring, input: TokenInput): string {
  const { signing } = keyring;
  const part = writePayload(input);
  return `${signing.header}.${part}.${signing.mac.sign(part)}`;
}

/** The claims of a token we issued that has not expired, or `null`. Never throws. */
export function readToken(keyring: Keyring, token: string, now: number): TokenClaims | null {
  if (typeof token !== "string" || token.length > MAXIMUM_LENGTH) return null;
  const known = keyring.verified.find(token);
  // copies, because the application gets the claims
  if (known) return known.exp * 1_000 > now ? { ...known } : null;
  const current = token.startsWith(keyring.signing.beginning);
  const first = current ? keyring.signing.header.length : token.indexOf(".");
  const last = token.lastIndexOf(".");
  if (first < 0 || last === first) return null;
  const key = current ? keyring.signing : keyring.byHeader.get(token.slice(0, first));
  if (!key) return null;
  const part = token.slice(first + 1, last);
  if (!key.mac.verify(part, token, last + 1)) return null;
  const claims = readPayload(part);
  if (!claims || claims.exp * 1_000 <= now) return null;
  // an application that has the secret may sign claims of its own
  if (isFlat(claims)) keyring.verified.add(token, () => ({ ...claims }));
  return claims;
}

/** Whether a token that was accepted is signed with the key that signs now. */
export function isSignedByCurrentKey(keyring: Keyring, token: string): boolean {
  return keyring.byHeader.size === 1 || token.startsWith(keyring.signing.beginning);
}
