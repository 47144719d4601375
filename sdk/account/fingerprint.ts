/** What codes and merges are bound to. */
import { primitives } from "../crypto/primitives-fast.ts";
import type { Account } from "./account.ts";

/** Changes with the account's email, password and verification. */
export function fingerprint(account: Account): string {
  const { email, password, verified } = account;
  return primitives.sha256Hex(JSON.stringify([email, password, verified])).slice(0, 32);
}
