/** Records as the wire has them. */
import type { AccountExport, AnonRecord, AuthData, SessionInfo } from "../../contract/records.ts";

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

export function toWireSession({ created, expires, ...session }: SessionInfo): Record<string, unknown> {
  return { ...session, created: toWireTime(created), expires: toWireTime(expires) };
}

export function toWireExport({
  exported,
  lastActive,
  record,
  sessions,
  identities,
}: AccountExport): Record<string, unknown> {
  return {
    exported: toWireTime(exported),
    lastActive: toWireTime(lastActive),
    record: toWireRecord(record),
    sessions: sessions.map(toWireSession),
    identities: identities.map((one) => ({ ...one, linked: toWireTime(one.linked) })),
  };
}

function toWireTime(time: string): string {
  return time.replace("T", " ");
}
