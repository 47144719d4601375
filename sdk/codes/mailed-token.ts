/**
 * Codes that are mailed as a link. PocketBase's client reads whose account such a token is for, out of the middle of three
 * parts as a JSON Web Token has them; only the last part, the code, is looked at here.
 */
import type { Account } from "../account/account.ts";
import type { CodePurpose } from "./code.ts";

/** The token of a code. */
export function mailedToken(purpose: CodePurpose, { id, collection }: Account, code: string): string {
  // ASCII without ~ ? >, so that its base64 is its own base64url
  const hint = btoa(JSON.stringify({ type: purpose, id, collectionId: collection })).replace(/=+$/, "");
  return `code.${hint}.${code}`;
}

/** The code in a token; any other text is a code that was typed, perhaps with dots as separators. */
export function codeInToken(token: string): string {
  if (typeof token !== "string") return "";
  return /^code\.[\w-]+\.(\w+)$/.exec(token)?.[1] ?? token;
}
