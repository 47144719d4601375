/** The public shapes of the SDK. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Driver, Storage } from "unstorage";
import type { RetentionOptions } from "./collection/types.ts";
import type { HookOptions } from "./hooks/types.ts";
import type { RequestOptions } from "./http/types.ts";
import type { LimitOptions } from "./limits/types.ts";
import type { MergeOptions } from "./merging/types.ts";
import type { AnonymousOptions, CapabilityOptions } from "./policy/types.ts";
import type { AtomicDriver } from "./storage/port.ts";

export type {
  AccountStatus,
  DoctorOptions,
  DoctorReport,
  GcOptions,
  GcReport,
  RetentionOptions,
} from "./collection/types.ts";

/** The application's own fields of a record. */
export type OwnFields = Record<string, unknown>;

/** A span of time: milliseconds, or `"30d"`, `"12h"`, `"90m"`, `"45s"`, `"500ms"`, `"2w"`, or ISO 8601 (`"P30D"`). */
export type Duration = number | string;

/**
 * Settings of one collection. What is left out comes from the top level of {@link AnonOptions}, except `maxAnonymous`, which
 * counts all collections together there.
 */
export interface CollectionOptions<Schema extends StandardSchemaV1 = StandardSchemaV1> extends RetentionOptions {
  /** How long a session lives without being used; it slides. Default 30 days. */
  sessionTtl?: Duration;
  /** How often activity is written at most, per account. Default 1 hour; `"0s"` writes it every time. */
  activityResolution?: Duration;
  /** How many sessions an account may have; the oldest ends. Default 16. */
  maxSessions?: number;
  /**
   * How many anonymous accounts this collection may have at a time; one more is refused. Default: any number. They are
   * counted now and then: several processes may together exceed it by what they make between two counts.
   */
  maxAnonymous?: number;
  /** Bounds of accounts for as long as they are anonymous. */
  anonymous?: AnonymousOptions;
  /** What accounts may: nothing while they are anonymous, and all when they are registered, where nothing is said. */
  capabilities?: CapabilityOptions;
  /** How guests are merged into accounts that are there. */
  merge?: MergeOptions;
  /** The domain of guests' made-up emails. Default `anonymous.invalid`, which can never receive mail. */
  guestEmailDomain?: string;
  /** Validates the own fields, and gives the record's type its fields. Must accept its own output. */
  schema?: Schema;
}

// biome-ignore lint/suspicious/noExplicitAny: the schema's own types are recovered by inference
export type Collections = Record<string, CollectionOptions<any>>;

/** Options of `createAnon`. */
export interface AnonOptions<C extends Collections = Collections>
  extends Pick<
      CollectionOptions,
      "sessionTtl" | "activityResolution" | "maxSessions" | "guestEmailDomain" | "anonymous" | "capabilities" | "merge"
    >,
    RetentionOptions,
    RequestOptions,
    HookOptions {
  /** One of our drivers, any unstorage `Driver`, or an unstorage `Storage`. */
  storage: AtomicDriver | Driver | Storage;
  /**
   * At least 32 characters. Of several the first signs and all verify, which is how secrets are rotated. `undefined` is an
   * error (`invalid_secret`), except in development (`NODE_ENV` is not `production`) with the fs driver: then it is the file
   * `secret` in its directory, made when it is missing. The CLI uses the same file.
   */
  secret: string | readonly string[] | undefined;
  /** The collections there are. Left out: any valid name is one, and over HTTP only `users`. */
  collections?: C;
  /** How many anonymous accounts all collections may have together at a time, counted as those of one are. */
  maxAnonymous?: number;
  /** How often accounts may be made and passwords tried; `false` for no limits. */
  limits?: LimitOptions | false;
  /** The clock, in milliseconds since the epoch; fractions are cut off. Default `Date.now`. */
  now?: () => number;
}

/** What the application and the browser see of an account. `created` and `updated` are ISO 8601 in UTC. */
export interface BaseRecord {
  /** 15 characters of `[a-z0-9]`, random; the same for the account's whole life. */
  id: string;
  collectionName: string;
  email: string;
  username: string;
  /** Whether somebody proved to own the email. */
  verified: boolean;
  /** Whether the account still is anonymous. */
  anonymous: boolean;
  created: string;
  updated: string;
  /** In what `get` answers for the id of a guest that was merged into this account: that id. */
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

/** What `authenticate` answers; `token` is a new one when the session was renewed. */
export interface Authenticated<Fields = OwnFields> extends AuthData<Fields> {
  claims: TokenClaims;
}

/** Names an account. `collection` is `users` when left out. */
export interface AccountRef<Name extends string = string> {
  collection?: Name;
  id: string;
}

/** What `createAnonymousUser` answers: the only time the password is shown. */
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

/** An outside identity of an account. `linked` is ISO 8601 in UTC. */
export interface IdentityInfo {
  provider: string;
  subject: string;
  email?: string;
  /** The service vouched for the email. */
  emailVerified?: true;
  linked: string;
}

/** A mail for the application to send: whoever opens it proves to read what is sent `to` that address. */
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

/** What `createTransferCode` answers: the only time the code is shown. */
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

/** The own fields of collection `Name`, as its schema gives them. */
export type FieldsOf<C extends Collections, Name extends keyof C> = C[Name] extends { schema: infer S }
  ? S extends StandardSchemaV1
    ? StandardSchemaV1.InferOutput<S>
    : OwnFields
  : OwnFields;

/** What collection `Name` accepts as own fields. */
export type InputOf<C extends Collections, Name extends keyof C> = C[Name] extends { schema: infer S }
  ? S extends StandardSchemaV1
    ? StandardSchemaV1.InferInput<S>
    : OwnFields
  : OwnFields;

/** The names `C` allows. */
export type NameOf<C extends Collections> = Extract<keyof C, string>;

/** The collection meant when none is named: `users`. */
export type DefaultName<C extends Collections> = "users" extends NameOf<C> ? "users" : NameOf<C>;
