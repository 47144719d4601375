/**
 * The types of unstorage that the SDK uses. They are declared here, because unstorage's own need the types of Node and of its
 * drivers' packages, and because an application that stores accounts otherwise does not install it. A test assigns them to
 * unstorage's own, and those to them.
 */

type MaybePromise<T> = T | Promise<T>;

/** Options of one call. */
// biome-ignore lint/suspicious/noExplicitAny: as in unstorage, so that its drivers are assignable
export type CallOptions = Record<string, any>;

/** A value as unstorage's drivers return it. */
export type StoredValue = null | string | number | boolean | object;

/** What a driver knows of a key beside its value. */
export interface StoredMeta {
  /** The last access. */
  atime?: Date;
  /** The last change. */
  mtime?: Date;
  /** Seconds. */
  ttl?: number;
  /** What else a driver knows. */
  [key: string]: StoredValue | Date | undefined;
}

/** A `Driver` of unstorage. */
export interface KeyValueDriver {
  /** For messages. */
  name?: string;
  /** What the driver can do. */
  flags?: { maxDepth?: boolean; ttl?: boolean };
  /** Those that the driver was made with. */
  // biome-ignore lint/suspicious/noExplicitAny: each driver has its own
  options?: any;
  /** The client of the database. */
  getInstance?: () => unknown;
  /** Whether the key has a value. */
  hasItem: (key: string, options: CallOptions) => MaybePromise<boolean>;
  /** The value of a key; `null` if it has none. */
  getItem: (key: string, options?: CallOptions) => MaybePromise<StoredValue>;
  /** As `getItem`, without any conversion. */
  getItemRaw?: (key: string, options: CallOptions) => MaybePromise<unknown>;
  /** Writes a value. */
  setItem?: (key: string, value: string, options: CallOptions) => MaybePromise<void>;
  /** Writes a value without any conversion. */
  // biome-ignore lint/suspicious/noExplicitAny: as in unstorage, whose drivers declare what they accept
  setItemRaw?: (key: string, value: any, options: CallOptions) => MaybePromise<void>;
  /** Deletes a value. */
  removeItem?: (key: string, options: CallOptions) => MaybePromise<void>;
  /** What the driver knows of a key beside its value. */
  getMeta?: (key: string, options: CallOptions) => MaybePromise<StoredMeta | null>;
  /** The keys that begin with `base`. */
  getKeys: (base: string, options: CallOptions & { maxDepth?: number }) => MaybePromise<string[]>;
  /** Deletes the keys that begin with `base`. */
  clear?: (base: string, options: CallOptions) => MaybePromise<void>;
  /** Closes what the driver opened. */
  dispose?: () => MaybePromise<void>;
  /** Calls `callback` for each change, until the function that it returns is called. */
  watch?: (callback: (event: "update" | "remove", key: string) => unknown) => MaybePromise<() => MaybePromise<void>>;
}

/** What the SDK uses of a `Storage` of unstorage. */
export interface KeyValueStorage {
  /** The value of a key; `null` if it has none. */
  getItem(key: string, options?: CallOptions): Promise<unknown>;
  /** Writes a value. */
  setItem(key: string, value: string, options?: CallOptions): Promise<void>;
  /** Deletes a value. */
  removeItem(key: string, options?: CallOptions): Promise<void>;
  /** The keys that begin with `base`. */
  getKeys(base?: string, options?: CallOptions): Promise<string[]>;
  /** The drivers that the keys are spread over. */
  getMounts(base?: string, options?: CallOptions): unknown[];
}
