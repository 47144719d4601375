/** The options of `createAnon`, and what their types say about collections. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Driver, Storage } from "unstorage";
import type { AtomicDriver } from "../storage/port.ts";
import type { AnonymousOptions, CapabilityOptions } from "./capabilities.ts";
import type { HookOptions } from "./hooks.ts";
import type { RequestOptions } from "./http.ts";
import type { LimitOptions } from "./limits.ts";
import type { MergeOptions } from "./merge.ts";
import type { Duration, OwnFields } from "./records.ts";
import type { RetentionOptions } from "./retention.ts";

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

/** The collections by name, each with its own settings. */
// biome-ignore lint/suspicious/noExplicitAny: the schema's own types are recovered by inference
export type Collections = Record<string, CollectionOptions<any>>;

/** Options of `createAnon`. */
export interface AnonOptions<C extends Collections = Collections>
  extends Omit<CollectionOptions, "schema">,
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
