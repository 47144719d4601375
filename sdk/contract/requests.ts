/** The public shapes of everything that has to do with a request. */

import type { IdentityInput } from "./identities.ts";
import type { MergeStrategy } from "./merge.ts";
import type { Collections, DefaultName, FieldsOf, InputOf, NameOf } from "./options.ts";
import type {
  AccountExport,
  AuthData,
  Authenticated,
  ConvertInput,
  ConvertOptions,
  Duration,
  OwnFields,
  SessionInfo,
  TransferCode,
} from "./records.ts";

/** Options of `signInAnonymously` in a request. */
export interface SignInOptions<Name extends string = string, Fields = OwnFields> {
  /** Default `users`. */
  collection?: Name;
  /** Own fields of a new account; an account that is signed in keeps its own. */
  data?: Fields;
  /** A new account even when a guest is signed in. Default `false`. */
  fresh?: boolean;
  /** 16 to 255 characters that cannot be guessed: for two minutes all requests with them are one visitor. */
  idempotencyKey?: string;
}

/** The own fields of the current account: a request may come from an account of any collection. */
type AnyFields<C extends Collections> = FieldsOf<C, NameOf<C>>;

/** One request: who it comes from, and what its response has to say about that. */
export interface RequestContext<C extends Collections = Collections> {
  readonly request: Request;
  /** Who is signed in, or `null`. Storage is asked once per request. */
  auth(): Promise<Authenticated<AnyFields<C>> | null>;
  /**
   * Signs the visitor in. A guest of that collection stays that guest, and a registered account of any collection stays
   * that account. However often it is called in one request, it makes one account.
   *
   * @throws {AnonError} `session_replaced` when another request of the last minute registered or merged the guest of this
   * request's token: send it again, with the cookie that the browser has by then
   */
  signInAnonymously<N extends NameOf<C> = DefaultName<C>>(
    options?: SignInOptions<N, InputOf<C, N>>,
  ): Promise<AuthData<AnyFields<C>>>;
  /** Makes a token's session the one of this browser. */
  signInWithToken(token: string): Promise<AuthData<AnyFields<C>>>;
  /** Makes the session of an email or username and its password the one of this browser. */
  signInWithPassword<N extends NameOf<C> = DefaultName<C>>(
    identity: string,
    password: string,
    options?: { collection?: N },
  ): Promise<AuthData<FieldsOf<C, N>>>;
  /**
   * Signs in to the account that is linked to an outside identity, or that holds the email unverified which the service
   * vouches for; `null` when there is none.
   */
  signInWithIdentity<N extends NameOf<C> = DefaultName<C>>(
    identity: IdentityInput,
    options?: { collection?: N },
  ): Promise<AuthData<FieldsOf<C, N>> | null>;
  /** A code with which another device signs in to the current account, once. */
  createTransferCode(options?: { expiresIn?: Duration }): Promise<TransferCode>;
  /** Makes this browser one more session of the account that made the code. */
  signInWithTransferCode<N extends NameOf<C> = DefaultName<C>>(
    code: string,
    options?: { collection?: N },
  ): Promise<AuthData<FieldsOf<C, N>>>;
  /** A new token for the current session, which lives its `sessionTtl` from now on. */
  refresh(): Promise<AuthData<AnyFields<C>>>;
  /** Makes the current guest a registered account. */
  convert(input: ConvertInput<InputOf<C, NameOf<C>>>): Promise<AuthData<AnyFields<C>>>;
  /** Makes the current guest a registered account that signs in by another service. */
  convertWithIdentity(
    identity: IdentityInput,
    options?: ConvertOptions<InputOf<C, NameOf<C>>>,
  ): Promise<AuthData<AnyFields<C>>>;
  /** Merges the current guest into the account of a token, and signs this browser in to that account. */
  merge(account: string, options?: { strategy?: MergeStrategy }): Promise<AuthData<AnyFields<C>>>;
  /**
   * Converts the guest a mailed code is for, and signs this browser in to it; or to the account that holds the email
   * unverified. Then the guest stays as it is, and the caller of `auth()` before it can merge it.
   */
  confirmConversion<N extends NameOf<C> = DefaultName<C>>(
    code: string,
    options?: { collection?: N; username?: string; data?: Partial<InputOf<C, N>> },
  ): Promise<AuthData<FieldsOf<C, N>>>;
  /** The living sessions of the current account, the oldest first. */
  listSessions(): Promise<SessionInfo[]>;
  /** Ends one of them; ending the current one clears the cookie. Returns whether it was there. */
  endSession(session: string): Promise<boolean>;
  /** All that is stored of the current account. */
  exportAccount(): Promise<AccountExport<AnyFields<C>>>;
  /** Deletes the current account, without a password, and clears the cookie. */
  deleteAccount(): Promise<void>;
  /**
   * Who is signed in, if they have a capability; without one, if they are registered.
   *
   * @throws {AnonError} `invalid_token` when no one is signed in, `registration_required` for a guest who has to convert first,
   * `capability_required` for whom that would not help
   */
  authorize(capability?: string): Promise<Authenticated<AnyFields<C>>>;
  /** Whether the current account has a capability; `false` when signed out. */
  can(capability: string): Promise<boolean>;
  /** Ends the session, or all of the account's, and takes the cookie away. */
  signOut(options?: { everywhere?: boolean }): Promise<void>;
  /** The response with the cookie and the headers for caches. Signing in or out is not possible after it. */
  respond(response: Response): Response;
}

/** Whom a guard lets through: registered accounts, where nothing is said. */
export interface GuardOptions {
  /** The capability it takes. The lists of the collection then say whether guests have it. */
  capability?: string;
  /** Whether guests may pass. Default `false`; with a `capability` `true`, because they need that, too. */
  guests?: boolean;
}
