/** Accounts, sessions, tokens and mails as applications see them. */
import type { IdentityInfo } from "./identities.ts";

/** The application's own fields of a record. */
export type OwnFields = Record<string, unknown>;

/**
 * A span of time: milliseconds, or `"30d"`, `"12h"`, `"90m"`, `"45s"`, `"500ms"`, `"2w"`, or ISO 8601 (`"P30D"`). For a text that
 * is not known before run time, such as one of the environment, pass what `parseDuration` returns.
 */
export type Duration =
  | number
  | `${number}${"ms" | "s" | "m" | "h" | "d" | "w"}`
  | `P${string}${"W" | "D"}`
  | `P${string}T${string}${"H" | "M" | "S"}`;

/** An account as the application and the browser see it. */
export interface BaseRecord {
  /** 15 characters of `[a-z0-9]`, random; of an imported account up to 64 of `[A-Za-z0-9_-]`. It never changes. */
  id: string;
  /** `users`, unless the account was created in another collection. */
  collectionName: string;
  /** As it was typed, its domain in ASCII; of a guest `anon-<id>@<guestEmailDomain>`. */
  email: string;
  /** As it was chosen; otherwise `anon_<id>`, or `anon:<id>` for an imported id of another form than ours. */
  username: string;
  /** Whether the account's owner has proved to receive mail at `email`. */
  verified: boolean;
  /** Whether the account is a guest's, and not registered. */
  anonymous: boolean;
  /** ISO 8601 in UTC. */
  created: string;
  /** The last change, except of sessions and activity (ISO 8601 in UTC). */
  updated: string;
  /** If `get` was called with the id of a guest that was merged into this account: that id. */
  mergedFrom?: string;
}

/** A record with the application's own fields. */
export type AnonRecord<Fields = OwnFields> = BaseRecord & Fields;

/** A session: its token, and the account it signs in. */
export interface AuthData<Fields = OwnFields> {
  /** A JSON Web Token (HS256). */
  token: string;
  /** The account's. */
  record: AnonRecord<Fields>;
}

/** The payload of a token. Times are in seconds since the epoch. */
export interface TokenClaims {
  /** As in PocketBase's tokens. */
  type: "auth";
  /** The account's. */
  id: string;
  /** The same as `id`. */
  sub: string;
  /** The collection's name. */
  collectionId: string;
  /** The session's id. */
  sid: string;
  /** Whether the account was anonymous at `iat`. */
  anonymous: boolean;
  /** `true`; as in PocketBase's tokens. */
  refreshable: boolean;
  /** When the token was issued. */
  iat: number;
  /** When it expires, with its session. */
  exp: number;
}

/** A session that was checked; `token` is a new one when the session was renewed. */
export interface Authenticated<Fields = OwnFields> extends AuthData<Fields> {
  /** Those of `token`. */
  claims: TokenClaims;
}

/** Names an account. */
export interface AccountRef<Name extends string = string> {
  /** Default `users`. */
  collection?: Name;
  /** The record's. */
  id: string;
}

/** A new account; the password is shown this once. */
export interface CreatedUser<Fields = OwnFields> {
  /** The account's. */
  record: AnonRecord<Fields>;
  /** Random, as `record.email`. */
  email: string;
  /** Random, with 130 bits. */
  password: string;
}

/** Options of every conversion. */
export interface ConvertOptions<Fields = OwnFields> {
  /** 3 to 150 letters, digits, `_`, `.` or `-`. Default: the guest's. */
  username?: string;
  /** Own fields to set in the same step. */
  data?: Partial<Fields>;
}

/** Input of a conversion; a browser may have sent it. */
export interface ConvertInput<Fields = OwnFields> extends ConvertOptions<Fields> {
  /** Up to 254 bytes. */
  email: string;
  /** From 8 characters to 1,024 bytes. */
  password: string;
}

/** One session of an account. */
export interface SessionInfo {
  /** `sid` of its tokens. */
  id: string;
  /** ISO 8601 in UTC. */
  created: string;
  /** When it ends, unless it is used before (ISO 8601 in UTC). */
  expires: string;
  /** Whether it is the session of the token of this call. */
  current: boolean;
}

/** All that is stored of an account, for its owner. */
export interface AccountExport<Fields = OwnFields> {
  /** The time of the export (ISO 8601 in UTC). */
  exported: string;
  /** With own fields. */
  record: AnonRecord<Fields>;
  /** As `inspect` returns it. */
  lastActive: string;
  /** The living ones, the oldest first. */
  sessions: SessionInfo[];
  /** The external ones. */
  identities: IdentityInfo[];
}

/** A mail for the application to send. A person who uses its token proves to receive mail at `to`. */
export interface Mail {
  /** What the mail asks its recipient to do. */
  type: "verification" | "passwordReset" | "emailChange" | "conversion";
  /** The recipient's email. */
  to: string;
  /**
   * For the confirming call; valid once, for 7 days (verification) or 30 minutes (the others). Of a conversion it is a
   * code that can be typed.
   */
  token: string;
  /** The account's. */
  record: AnonRecord;
}

/** A code for another device; it is shown this once. */
export interface TransferCode {
  /** `XXXX-XXXX-XXXX-XXXX` of digits and upper-case letters, 80 bits. */
  code: string;
  /** Until when it is valid, unless it is used before (ISO 8601 in UTC). */
  expires: string;
}

/** Which accounts are meant. Conditions that are missing hold for all. */
export interface AccountFilter {
  /** `true`: only anonymous accounts, `false`: only registered ones. */
  anonymous?: boolean;
  /** Only accounts without activity for this long. */
  inactiveFor?: Duration;
  /** Accounts in quarantine instead, which no other filter matches. */
  quarantined?: boolean;
  /** Only accounts that `gc` put into quarantine within this time, and that are still there. */
  quarantinedWithin?: Duration;
  /**
   * Only accounts in this state: in use and `anonymous` or `registered`; `quarantined`; `merged` into another account; or on
   * hold (`held`), also in quarantine. A condition that contradicts it is refused.
   */
  state?: "anonymous" | "registered" | "quarantined" | "merged" | "held";
}

/** By which time `list` sorts. */
export type ListOrder = `${"" | "-"}${"created" | "updated" | "lastActive"}`;

/** Which accounts `list` returns. */
export interface ListOptions<Name extends string = string> extends AccountFilter {
  /** Default `users`. */
  collection?: Name;
  /** The maximum number of records. */
  limit?: number;
  /**
   * The order, with `-` in front the latest first; without it there is none. It requires a `limit` up to 100,000, because twice
   * as many accounts are kept in memory. All accounts are read before the first record is returned.
   */
  sort?: ListOrder;
}
