/** Records and what belongs to them, as the API sends them. */
import type { AccountExport, AnonRecord, AuthData, SessionInfo } from "../../contract/records.ts";

export type WireRecord = Record<string, unknown>;

export interface WireAuth {
  record: WireRecord;
  token: string;
}

/** The email is always there, because only the owner of a record gets it. */
export function toWireRecord(record: AnonRecord): WireRecord {
  return {
    ...record,
    // a collection has no id besides its name
    collectionId: record.collectionName,
    emailVisibility: false,
    created: toWireTime(record.created),
    updated: toWireTime(record.updated),
  };
}

export function toWireAuth({ token, record }: AuthData): WireAuth {
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

/** `2026-11-24 16:00:00.000Z`, with a space as PocketBase has it. */
export function toWireTime(time: string): string {
  return time.replace("T", " ");
}
