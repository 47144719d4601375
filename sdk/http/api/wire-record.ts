/** Records as the wire has them. */
import type { AnonRecord, AuthData } from "../../types.ts";

/** What of a record goes out. It is its owner who asks, so the email is always there. */
export type WireRecord = Record<string, unknown>;

/** `2026-11-24 16:00:00.000Z`: with a space, and otherwise as it is. */
export function toWireRecord(record: AnonRecord): WireRecord {
  return {
    ...record,
    // names are ids here: a collection has nothing else
    collectionId: record.collectionName,
    emailVisibility: false,
    created: toWireTime(record.created),
    updated: toWireTime(record.updated),
  };
}

export function toWireAuth({ token, record }: AuthData): { record: WireRecord; token: string } {
  return { record: toWireRecord(record), token };
}

function toWireTime(time: string): string {
  return time.replace("T", " ");
}
