/** The client as applications see it. */
import type { Anon } from "../contract/anon.ts";
import type { Collections, DefaultName, FieldsOf, InputOf, NameOf } from "../contract/options.ts";
import type { AnonRecord, ConvertInput } from "../contract/records.ts";

/** The collections of a server's `typeof anon`. */
export type CollectionsOf<A> = A extends Anon<infer C> ? C : Collections;

/** The names of a server's collections. */
export type CollectionOf<A> = NameOf<CollectionsOf<A>>;

/** The collection of a client that names none. */
export type DefaultCollectionOf<A> = DefaultName<CollectionsOf<A>>;

/** The records of a server, told apart by `collectionName`. */
export type ClientRecord<A> = {
  [N in CollectionOf<A>]: AnonRecord<FieldsOf<CollectionsOf<A>, N>> & { collectionName: N };
}[CollectionOf<A>];

/** Who is signed in. `loading` until the storage was read, and in cookie mode until the server has responded once. */
export type Session<R = AnonRecord> =
  | {
      /** Nothing is known yet. */
      readonly status: "loading";
      /** None. */
      readonly record: null;
    }
  | {
      /** No account. */
      readonly status: "signedOut";
      /** None. */
      readonly record: null;
    }
  | {
      /** A guest or a registered account. */
      readonly status: "signedIn";
      /** The account's. */
      readonly record: R;
    };

/** A session that can be watched. It is a store for Svelte, and fits React's `useSyncExternalStore`. */
export interface SessionStore<R = AnonRecord> {
  /** The present session: the same object until it changes. */
  get(): Session<R>;
  /** Calls `listener` at once, and after each change. Returns a function that ends this. */
  subscribe(listener: (session: Session<R>) => void): () => void;
}

/** Where a client keeps its session in token mode: `localStorage`, AsyncStorage, or anything with these methods. */
export interface ClientStorage {
  /** The text of a key, or `null`. Keys consist of letters, digits, `.`, `-` and `_`. */
  getItem(key: string): string | null | Promise<string | null>;
  /** Stores a text. */
  setItem(key: string, value: string): unknown;
  /** Removes a key. */
  removeItem(key: string): unknown;
}

/** Options of a client that do not depend on the server's collections. */
export interface ClientSettings {
  /** Where the HTTP API begins. Default `/api`, which only a page can resolve. */
  url?: string;
  /**
   * `cookie`: the browser keeps the session in a cookie that scripts cannot read; the server has `api: { cookies: true }`.
   * `token`: the client keeps a token in `storage`, and sends it in a header.
   */
  mode: "cookie" | "token";
  /** Default: `localStorage` in a page, otherwise memory. */
  storage?: ClientStorage;
  /** Default: the global one. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** Options of a client. */
export type ClientOptions<N extends string = string> = ClientSettings &
  ("users" extends N
    ? {
        /** Default `users`. */
        collection?: N;
      }
    : {
        /** In which accounts are created. */
        collection: N;
      });

/** A client of the HTTP API. Each call that changes the session changes it in all tabs. */
export interface AnonClient<A = Anon, N extends CollectionOf<A> = DefaultCollectionOf<A>> {
  /** Who is signed in. */
  readonly session: SessionStore<ClientRecord<A>>;

  /**
   * Signs a visitor in as a guest; who is signed in stays signed in. Parallel calls are one guest, in all tabs, also if
   * a response was lost.
   *
   * @param data Own fields of a new guest
   */
  signInAnonymously(data?: InputOf<CollectionsOf<A>, N>): Promise<ClientRecord<A>>;

  /** Makes the guest a registered account with the same id. */
  convert(input: ConvertInput<InputOf<CollectionsOf<A>, N>>): Promise<ClientRecord<A>>;

  /**
   * Signs in to a registered account, in place of the account that was signed in.
   *
   * @param identity An email or a username
   */
  signIn(identity: string, password: string): Promise<ClientRecord<A>>;

  /** Ends the session, or all of the account's. Without a network it rejects, and the session stays. */
  signOut(options?: { everywhere?: boolean }): Promise<void>;

  /** Changes own fields. */
  update(fields: Partial<InputOf<CollectionsOf<A>, N>>): Promise<ClientRecord<A>>;

  /** Asks the server who is signed in, and renews the session if that is due. The client does so in time by itself. */
  refresh(): Promise<Session<ClientRecord<A>>>;

  /** The token for requests to your own routes, or `null`; in cookie mode always `null`. */
  getToken(): Promise<string | null>;

  /** Ends timers and listeners. The session stays. */
  dispose(): void;
}
