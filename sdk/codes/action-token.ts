/**
 * Tokens that are sent by mail: each lets its bearer do one thing once. They are JSON Web Tokens of other types than
 * `auth`, so none passes for a session, and hold a fingerprint of the account as it was: whatever the token does changes
 * that, and with it every token of the same kind is worth nothing.
 */
import type { Keyring } from "../tokens/keyring.ts";

/** What a token is for. */
export type Action = "verification" | "passwordReset" | "emailChange";

/** What a token says. `exp` is in seconds since the epoch. */
export interface ActionClaims {
  type: Action;
  id: string;
  collectionId: string;
  /** The fingerprint of the account. */
  key: string;
  newEmail?: string;
  exp: number;
}

const MAXIMUM_LENGTH = 4_096;

/** Signs a token with the first key. */
export function signAction(keyring: Keyring, claims: ActionClaims): string {
  const { signing } = keyring;
  // ASCII without ~ ? >, so that its base64 is its own base64url and browsers' atob reads it
  const json = JSON.stringify(claims).replace(
    /[^ -=@-}]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const part = btoa(json).replace(/=+$/, "");
  return `${signing.header}.${part}.${signing.mac.sign(part)}`;
}

/** The claims of a token of this kind that we issued and that has not expired, or `null`. Never throws. */
export function readAction(keyring: Keyring, type: Action, token: string, now: number): ActionClaims | null {
  if (typeof token !== "string" || token.length > MAXIMUM_LENGTH) return null;
  const [header = "", part = "", signature, ...more] = token.split(".");
  const key = keyring.byHeader.get(header);
  if (!key || signature === undefined || more.length > 0) return null;
  if (!key.mac.verify(part, token, header.length + part.length + 2)) return null;
  try {
    const claims = JSON.parse(atob(part)) as ActionClaims | null;
    return claims?.type === type && claims.exp * 1_000 > now ? claims : null;
  } catch {
    // signed with our secret for something else
    return null;
  }
}
