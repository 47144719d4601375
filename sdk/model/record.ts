/** What of an account the application and the browser may see. */
import type { AnonRecord } from "../types.ts";
import type { Account } from "./account.ts";

/** The record of an account: never a hash, a session or a key. */
export function toRecord(account: Account): AnonRecord {
  const created = new Date(account.created).toISOString();
  return {
    id: account.id,
    collectionName: account.collection,
    email: account.email,
    username: account.username,
    verified: account.verified,
    anonymous: account.anonymous,
    created,
    updated: account.updated === account.created ? created : new Date(account.updated).toISOString(),
    ...account.data,
  };
}
