/** How an account is written down, and read back. */
import type { OwnFields } from "../contract/records.ts";
import { AnonError } from "../errors.ts";
import type { Account, Session } from "./account.ts";
import { hasOptionalState, readOptionalState } from "./optional-state.ts";

/** The schema version that is written; readers refuse newer ones. */
const VERSION = 1;

/** How every stored anonymous account begins, and no other account: gc deletes unread what begins with it. */
export const ANONYMOUS_BEGINNING: string = `{"v":${VERSION},"anonymous":true,`;

const MAXIMUM_DATA_BYTES = 255 * 1024;

// what a Date can hold
const MAXIMUM_TIME = 8_640_000_000_000_000;

/**
 * The version of an account with optional state. A reader of the first version must refuse it and not write it back
 * without that state, and gc must not delete it unread.
 */
const MARKED_VERSION = 2;

type Stored = Omit<Account, "id" | "collection"> & { v: number };

/**
 * The account as the string that is stored; collection and id are in the key.
 *
 * @throws {AnonError} `record_too_large` when the own fields take over 255 KB, which leaves 1 KB of a record of 256 KB
 * for the rest of it. Sessions and the like are not counted: what was accepted once can always be stored again
 */
export function encodeAccount(account: Account): string {
  const { id: _id, collection: _collection, anonymous, ...rest } = account;
  // see ANONYMOUS_BEGINNING
  const text = JSON.stringify({
    v: hasOptionalState(account) ? MARKED_VERSION : VERSION,
    anonymous,
    ...rest,
  } satisfies Stored);
  // a UTF-16 unit is at most three bytes, so most need no counting
  if (text.length * 3 > MAXIMUM_DATA_BYTES && bytesOf(account.data) > MAXIMUM_DATA_BYTES) {
    throw new AnonError("record_too_large", "Cannot store this account: with its own fields it is over 256 KB");
  }
  return text;
}

/** @throws {AnonError} `storage_corrupt` naming the key: an unreadable value is never a missing account */
export function decodeAccount(collection: string, id: string, key: string, text: string): Account {
  let stored: Stored;
  try {
    stored = JSON.parse(text) as Stored;
  } catch (cause) {
    throw new AnonError("storage_corrupt", `Cannot read the account at key "${key}": it is not JSON`, { cause });
  }
  const marks = isStored(stored) ? readOptionalState(stored) : null;
  if (!marks) {
    const reason =
      Number.isInteger(stored?.v) && stored.v > MARKED_VERSION
        ? `it has schema version ${stored.v}, update this package to read it`
        : "it does not have the shape of an account";
    throw new AnonError("storage_corrupt", `Cannot read the account at key "${key}": ${reason}`);
  }
  return {
    id,
    collection,
    anonymous: stored.anonymous,
    verified: stored.verified,
    email: stored.email,
    username: stored.username,
    password: stored.password,
    sessions: stored.sessions,
    created: stored.created,
    updated: stored.updated,
    lastActive: stored.lastActive,
    fence: stored.fence,
    data: stored.data,
    ...marks,
  };
}

export function bytesOf(data: OwnFields): number {
  return new TextEncoder().encode(JSON.stringify(data)).length;
}

function isTime(value: number): boolean {
  return Number.isFinite(value) && Math.abs(value) <= MAXIMUM_TIME;
}

function isStored(stored: Stored): boolean {
  return (
    (stored?.v === VERSION || stored?.v === MARKED_VERSION) &&
    typeof stored.anonymous === "boolean" &&
    typeof stored.verified === "boolean" &&
    typeof stored.email === "string" &&
    typeof stored.username === "string" &&
    typeof stored.password === "string" &&
    Array.isArray(stored.sessions) &&
    stored.sessions.every(isSession) &&
    isTime(stored.created) &&
    isTime(stored.updated) &&
    isTime(stored.lastActive) &&
    Number.isFinite(stored.fence) &&
    typeof stored.data === "object" &&
    stored.data !== null &&
    !Array.isArray(stored.data)
  );
}

function isSession(session: Session): boolean {
  return typeof session?.id === "string" && Number.isFinite(session.created) && Number.isFinite(session.expires);
}
