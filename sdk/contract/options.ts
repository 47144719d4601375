/** The options of `createAnon`, and types that follow from its collections. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { AnyStorage, DriverOpener } from "../storage/port.ts";
import type { AnonymousOptions, CapabilityOptions } from "./capabilities.ts";
import type { HookOptions } from "./hooks.ts";
import type { RequestOptions } from "./http.ts";
import type { LimitOptions } from "./limits.ts";
import type { MergeOptions } from "./merge.ts";
import type { Duration, OwnFields } from "./records.ts";
import type { RetentionOptions } from "./retention.ts";
import type { ServiceTokenOptions } from "./service-tokens.ts";

/**
 * Settings of one collection. Missing ones come from the top level of {@link AnonOptions}, except `maxAnonymous`, which
 * counts all collections together there. `anonymous`, `capabilities` and `merge` are merged with those of the top
 * level.
 */
export interface CollectionOptions<Schema extends StandardSchemaV1 = StandardSchemaV1> extends RetentionOptions {
  /** How long a session lasts after its last renewal: use renews it in its second half. Default 30 days. */
  sessionTtl?: Duration;
  /** The shortest time between two writes of an account's activity. Default 1 hour; `"0s"` writes it every time. */
  activityResolution?: Duration;
  /** How many sessions an account may have, 1 to 1,000; one more ends the oldest. Default 16. */
  maxSessions?: number;
  /**
   * How many anonymous accounts this collection may have; one more is refused. Default: any number. They are counted
   * from time to time, so several processes may together exceed it by the accounts that they create between two counts.
   */
  maxAnonymous?: number;
  /** Bounds of guests. */
  anonymous?: AnonymousOptions;
  /** Default: guests have none, registered accounts have all. */
  capabilities?: CapabilityOptions;
  /** How guests are merged into registered accounts. */
  merge?: MergeOptions;
  /** The domain of guests' emails. Default `anonymous.invalid`, which can never receive mail. */
  guestEmailDomain?: string;
  /** Validates own fields, and types those of the record. It must accept its own output. */
  schema?: Schema;
}

/** Settings by name of collection. */
// biome-ignore lint/suspicious/noExplicitAny: the schema's own types are recovered by inference
export type Collections = Record<string, CollectionOptions<any>>;

/** Options of `createAnon`. */
export interface AnonOptions<C extends Collections = Collections, G extends CapabilityOptions = CapabilityOptions>
  extends Omit<CollectionOptions, "schema" | "capabilities">,
    RequestOptions,
    HookOptions {
  /**
   * One of our drivers, any unstorage `Driver`, an unstorage `Storage`, or a URL that `open` of `anon-accounts/drivers` accepts.
   * A URL is opened when the storage is first used, and not on edges. Default: the URL in `ANON_STORAGE`.
   */
  storage?: AnyStorage | string;
  /**
   * What opens the URLs of other drivers, by scheme: `{ mongodb: (url) => mongodb({ url }) }`. `storage` can then be such a URL,
   * and so can `--storage` and `ANON_STORAGE` of the CLI.
   */
  drivers?: Readonly<Record<string, DriverOpener>>;
  /**
   * At least 32 characters. To rotate, pass several: the first signs and all verify. Default: `ANON_SECRET`, or the secrets in
   * the file that `ANON_SECRET_FILE` names, one a line; those in `ANON_SECRET_PREVIOUS`, separated by commas or line ends, verify
   * too, also if you pass the value of `ANON_SECRET`. Without any it is an error (`invalid_secret`), except in development
   * (`NODE_ENV` is not `production`) with the fs driver or with an `fs:` or `sqlite:` URL: then the secret is a file beside the
   * accounts, which is created if it is missing. The CLI uses the same file.
   */
  secret?: string | readonly string[] | undefined;
  /** Who issues tokens for other services, and the keys that sign them. Default: none are issued. */
  serviceTokens?: ServiceTokenOptions;
  /** Default: any valid name is a collection, and over HTTP only `users`. */
  collections?: C;
  /** Default: guests have none, registered accounts have all. */
  capabilities?: G;
  /** How many anonymous accounts all collections may have together. */
  maxAnonymous?: number;
  /** How often accounts may be created, passwords tried and mails requested; `false` for no limits. */
  limits?: LimitOptions | false;
  /** The clock, in milliseconds since the epoch; fractions are cut off. Default `Date.now`. */
  now?: () => number;
}

/** The own fields of collection `Name`: the output of its schema. */
export type FieldsOf<C extends Collections, Name extends keyof C> = C[Name] extends { schema: infer S }
  ? S extends StandardSchemaV1
    ? StandardSchemaV1.InferOutput<S>
    : OwnFields
  : OwnFields;

/** The own fields of an account of the collections `Name`: a union that `collectionName` tells apart. */
export type NamedFieldsOf<C extends Collections, Name extends keyof C> = {
  [N in keyof C]-?: FieldsOf<C, N> & (string extends N ? unknown : { collectionName: N });
}[Name];

/** The own fields of an account of any collection: a union that `collectionName` tells apart. */
export type AnyFieldsOf<C extends Collections> = C extends infer D extends Collections
  ? NamedFieldsOf<D, NameOf<D>>
  : never;

/** The own fields that collection `Name` accepts: the input of its schema. */
export type InputOf<C extends Collections, Name extends keyof C> = C[Name] extends { schema: infer S }
  ? S extends StandardSchemaV1
    ? StandardSchemaV1.InferInput<S>
    : OwnFields
  : OwnFields;

/** The names of the collections `C`. */
export type NameOf<C extends Collections> = Extract<keyof C, string>;

/** The collection of a call that names none: `users`. */
export type DefaultName<C extends Collections> = "users" extends NameOf<C> ? "users" : NameOf<C>;

/**
 * The capabilities that an account of the collections `C` may have, if the top level grants `G`: any `string` where a list
 * has `"*"`, or is not known to the compiler. Collections without names that it knows count as granting `G`.
 */
export type CapabilityOf<C extends Collections, G extends CapabilityOptions> = {
  [N in NameOf<C>]: GrantedBy<Collections extends C ? undefined : OwnCapabilities<C[N]>, G>;
}[NameOf<C>];

type OwnCapabilities<O> = "capabilities" extends keyof O ? O["capabilities"] : undefined;

type GrantedBy<Own, Top> =
  | ListedIn<Own, "anonymous", ListedIn<Top, "anonymous", never>>
  | ListedIn<Own, "registered", ListedIn<Top, "registered", string>>;

/** `Otherwise` is what accounts of that kind have if `Options` may lack the list. */
type ListedIn<Options, Kind extends keyof CapabilityOptions, Otherwise> = Options extends unknown
  ? Kind extends keyof Options
    ? MatchedBy<PatternOf<Options[Kind]>> | (undefined extends Options[Kind] ? Otherwise : never)
    : Otherwise
  : never;

type PatternOf<G> = G extends readonly (infer P)[] | ((record: never) => readonly (infer P)[]) ? P : never;

type MatchedBy<Pattern> = Pattern extends "*"
  ? string
  : Pattern extends `${infer Beginning}:*`
    ? `${Beginning}:${string}`
    : Pattern;
