/** What of an account the application and the browser may see. */
import type { AnonRecord } from "../contract/records.ts";
import type { Account } from "./account.ts";

// many sign-ins share a millisecond, and writing a time down is a tenth of what one costs
let lastTime = Number.NaN;
let lastText = "";

function isoTime(time: number): string {
  if (time !== lastTime) {
    lastText = new Date(time).toISOString();
    lastTime = time;
  }
  return lastText;
}

/** The record of an account: never a hash, a session or a key. */
export function toRecord(account: Account): AnonRecord {
  const created = isoTime(account.created);
  return {
    id: account.id,
    collectionName: account.collection,
    email: account.email,
    username: account.username,
    verified: account.verified,
    anonymous: account.anonymous,
    created,
    updated: account.updated === account.created ? created : isoTime(account.updated),
    ...account.data,
  };
}
