/**
 * Codes that are mailed as a link. A token has three parts, as a JSON Web Token has: PocketBase's client reads from the
 * middle one whose account it is for, and only the last one, the code, is read here.
 */
import type { Account } from "../account/account.ts";
import type { CodePurpose } from "./code.ts";

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
