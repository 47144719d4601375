/** The public shapes of everything that has to do with a request. */
import type { MergeStrategy } from "../merging/types.ts";
import type { IdentityInput } from "../model/identity.ts";
import type {
  AccountExport,
  AuthData,
  Authenticated,
  Collections,
  ConvertInput,
  ConvertOptions,
  DefaultName,
  Duration,
  FieldsOf,
  InputOf,
  Mail,
  NameOf,
  OwnFields,
  SessionInfo,
  TransferCode,
} from "../types.ts";

/** The cookie's attributes. The defaults are those of a session cookie that scripts and other sites cannot use. */
export interface CookieOptions {
  /** Without prefix: `__Host-` or `__Secure-` is put before it where the other attributes allow. Default `anon`. */
  name?: string;
  /** Default `/`. */
  path?: string;
  /** Also for the subdomains of this domain, which gives up the prefix `__Host-`. Default: this host alone. */
  domain?: string;
  /** Default `true`; over plain http on localhost the cookie goes by its name without prefix, and is not secure. */
  secure?: boolean;
  /** Hidden from scripts. Default `true`. */
  httpOnly?: boolean;
  /** Default `lax`. */
  sameSite?: "lax" | "strict" | "none";
  /** Whether it lives as long as the session (the default) or ends with the browser. */
  persistent?: boolean;
  /** One cookie for each site this one is embedded in (CHIPS). Default `false`. */
  partitioned?: boolean;
}

/** Options of `signInAnonymously` in a request. */
export interface SignInOptions<Name extends string = string, Fields = OwnFields> {
  /** Default `users`. */
  collection?: Name;
  /** Own fields of a new account; somebody who is signed in keeps theirs. */
  data?: Fields;
  /** A new account even for somebody who is signed in anonymously. Default `false`. */
  fresh?: boolean;
  /** 16 to 255 characters that nobody can guess: for two minutes all requests with them are one visitor. */
  idempotencyKey?: string;
}

/** The own fields of whoever it is: a request may come from an account of any collection. */
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
  /** A code with which another device signs in as whoever is signed in here, once. */
  createTransferCode(options?: { expiresIn?: Duration }): Promise<TransferCode>;
  /** Makes this browser one more session of the account that made the code. */
  signInWithTransferCode<N extends NameOf<C> = DefaultName<C>>(
    code: string,
    options?: { collection?: N },
  ): Promise<AuthData<FieldsOf<C, N>>>;
  /** A new token for the session of whoever is signed in, which begins to live its `sessionTtl` anew. */
  refresh(): Promise<AuthData<AnyFields<C>>>;
  /** Makes whoever is signed in anonymously a registered account. */
  convert(input: ConvertInput<InputOf<C, NameOf<C>>>): Promise<AuthData<AnyFields<C>>>;
  /** Makes whoever is signed in anonymously a registered account that is signed in to by another service. */
  convertWithIdentity(
    identity: IdentityInput,
    options?: ConvertOptions<InputOf<C, NameOf<C>>>,
  ): Promise<AuthData<AnyFields<C>>>;
  /** Merges whoever is signed in anonymously into the account of a token, which this browser is signed in to then. */
  merge(account: string, options?: { strategy?: MergeStrategy }): Promise<AuthData<AnyFields<C>>>;
  /**
   * Converts the guest a mailed code is for, and signs this browser in to it; or to the account that holds the email
   * unverified. Then the guest stays as it is, and the caller of `auth()` before it can merge it.
   */
  confirmConversion<N extends NameOf<C> = DefaultName<C>>(
    code: string,
    options?: { collection?: N; username?: string; data?: Partial<InputOf<C, N>> },
  ): Promise<AuthData<FieldsOf<C, N>>>;
  /** The living sessions of whoever is signed in, the oldest first. */
  sessions(): Promise<SessionInfo[]>;
  /** Ends one of them; one's own takes the cookie away. Answers whether it was there. */
  endSession(session: string): Promise<boolean>;
  /** All that is stored of whoever is signed in. */
  exportAccount(): Promise<AccountExport<AnyFields<C>>>;
  /** Deletes the account of whoever is signed in, without a password, and takes the cookie away. */
  deleteAccount(): Promise<boolean>;
  /**
   * Who is signed in, if they have a capability; without one, if they are registered.
   *
   * @throws {AnonError} `invalid_token` for nobody, `registration_required` for a guest who has to convert first,
   * `capability_required` for whom that would not help
   */
  require(capability?: string): Promise<Authenticated<AnyFields<C>>>;
  /** Whether whoever is signed in has a capability; nobody has any. */
  can(capability: string): Promise<boolean>;
  /** Ends the session, or all of the account's, and takes the cookie away. */
  signOut(options?: { everywhere?: boolean }): Promise<void>;
  /** The response with the cookie, and with what caches have to know. Nobody can be signed in or out after it. */
  respond(response: Response): Response;
}

/** Whom a guard lets through: registered accounts, where nothing is said. */
export interface GuardOptions {
  /** The capability it takes. The lists of the collection then say whether guests have it. */
  capability?: string;
  /** Whether guests may pass. Default `false`; with a `capability` `true`, because they need that, too. */
  guests?: boolean;
}

/**
 * What a platform knows beside a request, as it hands it over: Bun's server, Deno's information about the connection, the
 * socket of Node, the execution context of Workers. Who sent the request is what limits count by; where nothing here tells
 * it is `request.ip`, which srvx sets.
 */
export interface Platform {
  /** An IPv4 or IPv6 address. */
  remoteAddress?: string;
  /** Bun's server tells it so. */
  requestIP?(request: Request): { address: string } | null;
  /** Deno's information about a connection does. */
  remoteAddr?: { hostname?: string } | object;
  /** Keeps what goes on after the response (sending mail) from being ended. */
  waitUntil?(promise: Promise<unknown>): void;
}

/** The HTTP API. */
export interface ApiOptions {
  /** Where it begins. Default `/api`. */
  basePath?: string;
  /** Whether signing in through the API sets the cookie too. Default `false`: clients keep the token themselves. */
  cookies?: boolean;
  /** Other origins whose pages may use it, such as `https://app.example`. Default none: no CORS headers. */
  origins?: readonly string[];
}

/** A proxy of yours, through which every request comes. */
export interface TrustedProxy {
  /** The header in which it tells whom a request is from: `x-forwarded-for`, `cf-connecting-ip`. */
  header: string;
  /** How many such proxies there are in a row, each of which adds an address. Default 1. */
  hops?: number;
}

/** What `AnonOptions` says about requests. */
export interface RequestOptions {
  /** Where limits find a request's address when there is a proxy. Default none: such a header is anybody's to make up. */
  trustedProxy?: TrustedProxy;
  cookie?: CookieOptions;
  /** Where the HTTP API is and what it gives; `false`: there is none, which is right for whoever renders pages alone. */
  api?: ApiOptions | false;
  /**
   * Sends what the HTTP API has to tell by mail. It is not waited for, so that how long it takes tells nobody whether an
   * address is known; what it rejects with is for the application to look after. Without it those routes are not there.
   */
  sendMail?: (mail: Mail) => unknown;
}
