/** What a reader makes of each record of another system. */
import type { ImportedAccount } from "../../sdk/contract/import.ts";

/** Where a record stands: its line in a text, otherwise which record it is, from 1. */
export type Position = { line: number } | { record: number };

/** An account to import. */
export interface Found {
  at: Position;
  account: ImportedAccount;
  /** Whether the source knows a way to sign in to it: an email, a phone number, a username, a password or an identity. */
  isReachable: boolean;
  /** Whether a second factor protects it there, which is not imported. */
  hasSecondFactor?: boolean;
}

/** A record that is no account to import. No part of it holds a password hash. */
export interface Rejected {
  at: Position;
  id?: string;
  /** An error code of the SDK, `disabled` for an account whose sign-in its system blocks, or `differs`. */
  code: string;
  message: string;
}

export type Entry = Found | Rejected;

export function isRejected(entry: Entry): entry is Rejected {
  return "code" in entry;
}

/** A record that has not the form of its system. */
export function malformed(at: Position, message: string, id?: string): Rejected {
  return { at, id, code: "invalid_data", message };
}

/** An account that was closed at its source: imported, it would be open again. */
export function disabled(at: Position, id: string, why: string): Rejected {
  return {
    at,
    id,
    code: "disabled",
    message: `Cannot import this account: ${why}, and an import would let its owner sign in again`,
  };
}
