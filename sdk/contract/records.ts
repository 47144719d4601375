/** What applications see of accounts, sessions and tokens. */
import type { IdentityInfo } from "./identities.ts";

/** The application's own fields of a record. */
export type OwnFields = Record<string, unknown>;

/** A span of time: milliseconds, or `"30d"`, `"12h"`, `"90m"`, `"45s"`, `"500ms"`, `"2w"`, or ISO 8601 (`"P30D"`). */
export type Duration = number | string;

/** What the application and the browser see of an account. `created` and `updated` are ISO 8601 in UTC. */
export interface BaseRecord {
  /** 15 characters of `[a-z0-9]`, random; the same for the account's whole life. */
  id: string;
  collectionName: string;
  email: string;
  username: string;
  /** Whether the owner of the email proved to be the account's. */
  verified: boolean;
  /** Whether the account still is anonymous. */
  anonymous: boolean;
  created: string;
  updated: string;
  /** In what `get` returns for the id of a guest that was merged into this account: that id. */
  mergedFrom?: string;
}

/** A record with the application's own fields. */
export type AnonRecord<Fields = OwnFields> = BaseRecord & Fields;

/** A signed-in session: the token, and whom it belongs to. */
export interface AuthData<Fields = OwnFields> {
  token: string;
  record: AnonRecord<Fields>;
}

/** What a token says. Times are in seconds since the epoch. */
export interface TokenClaims {
  type: "auth";
  id: string;
  /** The same as `id`. */
  sub: string;
  /** The collection's name. */
  collectionId: string;
  /** The session's id. */
  sid: string;
  anonymous: boolean;
  refreshable: boolean;
  iat: number;
  exp: number;
}

/** What `authenticate` returns; `token` is a new one when the session was renewed. */
export interface Authenticated<Fields = OwnFields> extends AuthData<Fields> {
  claims: TokenClaims;
}

/** Names an account. `collection` is `users` when left out. */
export interface AccountRef<Name extends string = string> {
  collection?: Name;
  id: string;
}

/** What `createUser` returns: the only time the password is shown. */
export interface CreatedUser<Fields = OwnFields> {
  record: AnonRecord<Fields>;
  email: string;
  password: string;
}

/** What every conversion may take. */
export interface ConvertOptions<Fields = OwnFields> {
  username?: string;
  /** Own fields to set in the same step. */
  data?: Partial<Fields>;
}

/** What conversion takes; it may be what a browser sent. */
export interface ConvertInput<Fields = OwnFields> extends ConvertOptions<Fields> {
  email: string;
  password: string;
}

/** One session of an account. Times are ISO 8601 in UTC. */
export interface SessionInfo {
  /** `sid` of its tokens. */
  id: string;
  created: string;
  /** When it ends, unless it is used before. */
  expires: string;
  /** Whether it is the one of the token that asked. */
  current: boolean;
}

/** All that is stored of an account, for its owner. Times are ISO 8601 in UTC. */
export interface AccountExport<Fields = OwnFields> {
  exported: string;
  record: AnonRecord<Fields>;
  /** The last activity that was written: at most `activityResolution` before the last there was. */
  lastActive: string;
  sessions: SessionInfo[];
  /** Who its owner is elsewhere. */
  identities: IdentityInfo[];
}

/** A mail for the application to send: using its token proves to receive mail at `to`. */
export interface Mail {
  type: "verification" | "passwordReset" | "emailChange" | "conversion";
  to: string;
  /**
   * For the confirming call; good once, and for 7 days or (reset, change, conversion) 30 minutes. Of a conversion it is a
   * code that can be typed.
   */
  token: string;
  record: AnonRecord;
}

/** What `createTransferCode` returns: the only time the code is shown. */
export interface TransferCode {
  /** `XXXX-XXXX-XXXX-XXXX` of digits and upper-case letters, 80 bits. */
  code: string;
  /** Until when it is good, unless it is used before: ISO 8601 in UTC. */
  expires: string;
}

/** Narrows `list`. */
export interface ListOptions<Name extends string = string> {
  collection?: Name;
  /** `true`: only anonymous accounts, `false`: only registered ones. */
  anonymous?: boolean;
  /** Only accounts without activity for this long. */
  inactiveFor?: Duration;
  /** The accounts in quarantine instead, which are in no other list. */
  quarantined?: boolean;
  /** At most so many records. */
  limit?: number;
}
