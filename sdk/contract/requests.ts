/** The visitor of a request, and options of its calls. */

import type { IdentityInput } from "./identities.ts";
import type { MergeStrategy } from "./merge.ts";
import type { AnyFieldsOf, Collections, DefaultName, InputOf, NamedFieldsOf, NameOf } from "./options.ts";
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
import type { IssueServiceTokenOptions, ServiceToken } from "./service-tokens.ts";
import type { HeaderWriter } from "./visitor.ts";

/** Options of `signInAnonymously` in a request. */
export interface SignInOptions<Name extends string = string, Fields = OwnFields> {
  /** Default `users`. */
  collection?: Name;
  /** Own fields of a new account; an account that is signed in keeps its own. */
  data?: Fields;
  /** Whether to create a new account even when a guest is signed in. Default `false`. */
  fresh?: boolean;
  /** 16 to 255 visible ASCII characters, unguessable: for two minutes all requests with them are one visitor. */
  idempotencyKey?: string;
}

/** The own fields of the current account: a request may come from an account of any collection. */
type AnyFields<C extends Collections> = AnyFieldsOf<C>;

/** The visitor of one request: the session of the browser, and the cookie of the response. */
export interface Visitor<C extends Collections = Collections, Capability extends string = string> {
  /** The request itself, if the visitor was made of one. */
  readonly request?: Request;
  /** Who is signed in, or `null`. One request reads the account once. */
  auth(): Promise<Authenticated<AnyFields<C>> | null>;
  /**
   * Signs the visitor in. A guest of that collection and a registered account of any collection stay signed in. All
   * calls in one request create one account.
   *
   * @throws {AnonError} `session_replaced` when another request of the last minute registered or merged the guest of
   * this request's token: send it again, with the cookie that the browser has by then
   */
  signInAnonymously<N extends NameOf<C> = DefaultName<C>>(
    options?: SignInOptions<N, InputOf<C, N>>,
  ): Promise<AuthData<AnyFields<C>>>;
  /** Makes the session of a token the session of this browser. */
  signInWithToken(token: string): Promise<AuthData<AnyFields<C>>>;
  /** Signs this browser in with an email or a username. */
  signInWithPassword<N extends NameOf<C> = DefaultName<C>>(
    identity: string,
    password: string,
    options?: { collection?: N },
  ): Promise<AuthData<NamedFieldsOf<C, N>>>;
  /**
   * Signs in to the account that is linked to an external identity, or that has the email unverified for which the
   * service vouches; `null` when there is none.
   */
  signInWithIdentity<N extends NameOf<C> = DefaultName<C>>(
    identity: IdentityInput,
    options?: { collection?: N },
  ): Promise<AuthData<NamedFieldsOf<C, N>> | null>;
  /** A code with which another device signs in to the current account, once. */
  createTransferCode(options?: { expiresIn?: Duration }): Promise<TransferCode>;
  /** A short-lived token with which another service knows the current account. */
  issueServiceToken(options: IssueServiceTokenOptions): Promise<ServiceToken>;
  /** Signs this browser in to the account that made the code. */
  signInWithTransferCode<N extends NameOf<C> = DefaultName<C>>(
    code: string,
    options?: { collection?: N },
  ): Promise<AuthData<NamedFieldsOf<C, N>>>;
  /** A new token for the current session, which now lasts another `sessionTtl`. */
  refresh(): Promise<AuthData<AnyFields<C>>>;
  /** Makes the current guest a registered account. */
  convert(input: ConvertInput<InputOf<C, NameOf<C>>>): Promise<AuthData<AnyFields<C>>>;
  /** Makes the current guest a registered account that signs in with another service. */
  convertWithIdentity(
    identity: IdentityInput,
    options?: ConvertOptions<InputOf<C, NameOf<C>>>,
  ): Promise<AuthData<AnyFields<C>>>;
  /** Merges the current guest into the account of a token, and signs this browser in to that account. */
  merge(account: string, options?: { strategy?: MergeStrategy }): Promise<AuthData<AnyFields<C>>>;
  /**
   * Converts the guest of a mailed code, and signs this browser in to it. If another account has the email unverified,
   * signs in to that account, and leaves the guest as it is: merge it with the token that `auth()` returned before.
   */
  confirmConversion<N extends NameOf<C> = DefaultName<C>>(
    code: string,
    options?: { collection?: N; username?: string; data?: Partial<InputOf<C, N>> },
  ): Promise<AuthData<NamedFieldsOf<C, N>>>;
  /** The living sessions of the current account, the oldest first. */
  listSessions(): Promise<SessionInfo[]>;
  /** Ends one session of the current account; the current one with its cookie. Returns whether it existed. */
  endSession(session: string): Promise<boolean>;
  /** All that is stored of the current account. */
  exportAccount(): Promise<AccountExport<AnyFields<C>>>;
  /** Deletes the current account, without a password, and clears the cookie. */
  deleteAccount(): Promise<void>;
  /**
   * Who is signed in, if they have a capability; without one, if they are registered. Throws otherwise.
   *
   * @throws {AnonError} `invalid_token` when no one is signed in, `registration_required` for a guest who has to
   * convert first, `capability_required` for all others
   */
  authorize(capability?: Capability): Promise<Authenticated<AnyFields<C>>>;
  /** Whether the current account has a capability; `false` when signed out. */
  can(capability: Capability): Promise<boolean>;
  /** Ends the session, or all of the account's, and clears the cookie. */
  signOut(options?: { everywhere?: boolean }): Promise<void>;
  /**
   * Adds the cookie and the headers for caches to those of the response. Signing in or out is not possible after it,
   * unless cookies are set at once (`cookies.set`).
   */
  applyTo(headers: HeaderWriter): void;
}

/** One request: the session of its browser, and the cookie of its response. */
export interface RequestContext<C extends Collections = Collections, Capability extends string = string>
  extends Visitor<C, Capability> {
  /** The request itself. */
  readonly request: Request;
  /** The response with the cookie and the headers for caches. Signing in or out is not possible after it. */
  respond(response: Response): Response;
}

/** Which accounts a guard admits. Default: registered ones. */
export interface GuardOptions<Capability extends string = string> {
  /** The capability that an account needs. */
  capability?: Capability;
  /** Whether guests may pass. Default `false`; with a `capability` `true`, because they need that one too. */
  guests?: boolean;
}
