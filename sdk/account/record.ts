import type { AnonRecord } from "../contract/records.ts";
import type { Account } from "./account.ts";
import { isoTime } from "./iso-time-fast.ts";

/** What the application and the browser may see of an account: never a hash, a session or a key. */
export function toRecord(account: Account): AnonRecord {
  return {
    id: account.id,
    collectionName: account.collection,
    email: account.email,
    username: account.username,
    verified: account.verified,
    anonymous: account.anonymous,
    created: isoTime(account.created),
    updated: isoTime(account.updated),
    ...account.data,
  };
}
