import type { AnyFieldsOf, Collections, DefaultName, InputOf, NamedFieldsOf, NameOf } from "../options.ts";
import type { AuthData, Authenticated, Duration, TokenClaims, TransferCode } from "../records.ts";
import type { IssueServiceTokenOptions, ServiceToken } from "../service-tokens.ts";

/** Calls that begin, check and end sessions. */
export interface AnonSessions<C extends Collections = Collections> {
  /**
   * Creates an account with a random email and password, and signs it in: one write.
   *
   * @throws {AnonError} `invalid_data`, `reserved_field`, `record_too_large`, `creation_refused`, `too_many_anonymous`,
   * `rate_limited`, `invalid_idempotency_key`, `idempotency_key_used`, `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { token, record } = await anon.signInAnonymously({ collection: "customers" });
   * console.assert(record.anonymous && anon.verifyToken(token)?.id === record.id);
   * ```
   */
  signInAnonymously<N extends NameOf<C> = DefaultName<C>>(options?: {
    collection?: N;
    data?: InputOf<C, N>;
    /** 16 to 255 visible ASCII characters, unguessable: for two minutes all calls with them share one session. */
    idempotencyKey?: string;
  }): Promise<AuthData<NamedFieldsOf<C, N>>>;

  /**
   * Signs in with an email or a username, whatever its case and Unicode normalisation: one more session.
   *
   * @throws {AnonError} `invalid_credentials`, the same for an unknown identity and a wrong password; `rate_limited`,
   * `overloaded`, `refused`, `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const guest = await anon.signInAnonymously();
   * await anon.convert(guest.token, { email: "Ada@example.com", password: "correct horse battery" });
   * const { record } = await anon.signInWithPassword("ada@EXAMPLE.com", "correct horse battery");
   * console.assert(record.id === guest.record.id);
   * ```
   */
  signInWithPassword<N extends NameOf<C> = DefaultName<C>>(
    identity: string,
    password: string,
    options?: { collection?: N },
  ): Promise<AuthData<NamedFieldsOf<C, N>>>;

  /**
   * Continues the session of a token, as `authenticate` does, but throws instead of returning `null`. Inside `run` it
   * also sets the cookie.
   *
   * @throws {AnonError} `invalid_token`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { token, record } = await anon.signInAnonymously();
   * console.assert((await anon.signInWithToken(token)).record.id === record.id);
   * ```
   */
  signInWithToken(token: string): Promise<AuthData<AnyFieldsOf<C>>>;

  /**
   * The account of a token; `null` for a token that is expired, revoked or forged, or whose account was deleted. This
   * is one read, and a write when activity is due or the session is renewed, which returns a new `token`. Of a
   * `Request` it reads the `Authorization` header, raw or after `Bearer`, and then the cookies.
   *
   * @throws {AnonError} `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { token, record } = await anon.signInAnonymously();
   * const request = new Request("http://localhost/", { headers: { Authorization: `Bearer ${token}` } });
   * console.assert((await anon.authenticate(request))?.record.id === record.id);
   * console.assert((await anon.authenticate("forged")) === null);
   * ```
   */
  authenticate(credentials: string | Request): Promise<Authenticated<AnyFieldsOf<C>> | null>;

  /**
   * The claims of a token; `null` when it is expired or forged. Synchronous and without storage, for edges and
   * gateways: it also accepts the token of a session that has ended. Never throws.
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { token, record } = await anon.signInAnonymously();
   * await anon.signOut(token);
   * console.assert(anon.verifyToken(token)?.id === record.id && (await anon.authenticate(token)) === null);
   * ```
   */
  verifyToken(token: string): TokenClaims | null;

  /**
   * A short-lived token with which the owner of a session calls another service. The service verifies it with the keys at
   * `/.well-known/jwks.json`, without your secret. One read: the session must be alive. A guest's token has the audience
   * `<audience>#guest`, so that a service refuses guests unless it expects them.
   *
   * @throws {AnonError} `invalid_token`, `invalid_duration`; `service_tokens_unconfigured` without the option `serviceTokens`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   * import { createServiceVerifier } from "anon-accounts/verify";
   * import { exportJWK, generateKeyPair } from "jose";
   *
   * const { privateKey } = await generateKeyPair("ES256", { extractable: true });
   * const keys = JSON.stringify({ keys: [{ ...(await exportJWK(privateKey)), kid: "first", alg: "ES256" }] });
   * const issuer = "https://shop.example";
   * const secret = "a secret of at least 32 characters!";
   * const anon = createAnon({ storage: memory(), secret, serviceTokens: { issuer, keys } });
   * const guest = await anon.signInAnonymously();
   * const { token } = await anon.issueServiceToken(guest.token, { audience: "orders" });
   * const jwks = await (await anon.handler(new Request(`${issuer}/.well-known/jwks.json`))).json();
   * const verify = createServiceVerifier({ jwks, issuer, audience: "orders", allowGuests: true });
   * console.assert((await verify(token))?.sub === guest.record.id);
   * console.assert((await createServiceVerifier({ jwks, issuer, audience: "orders" })(token)) === null);
   * ```
   */
  issueServiceToken(token: string, options: IssueServiceTokenOptions): Promise<ServiceToken>;

  /**
   * A new token for the session of a token, which now lasts another `sessionTtl`, a guest's until the end of its
   * `lifetime` at most. The old token stays valid until it expires.
   *
   * @throws {AnonError} `invalid_token`, `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { token, record } = await anon.signInAnonymously();
   * console.assert((await anon.refresh(token)).record.id === record.id);
   * ```
   */
  refresh(token: string): Promise<AuthData<AnyFieldsOf<C>>>;

  /**
   * Ends the session of a token, or all sessions of its account. A token that is not valid ends none.
   *
   * @throws {AnonError} `refused`, `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { token } = await anon.signInAnonymously();
   * await anon.signOut(token, { everywhere: true });
   * console.assert((await anon.authenticate(token)) === null);
   * ```
   */
  signOut(token: string, options?: { everywhere?: boolean }): Promise<void>;

  /**
   * A code with which another device signs in to the account of a token, guest or registered. It is valid once, for
   * `expiresIn` (from `1m` to `24h`, default `10m`). It also ends with the session of the token, or when the password
   * or email changes.
   *
   * @throws {AnonError} `invalid_token`, `invalid_duration`, `rate_limited`, `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { token } = await anon.signInAnonymously();
   * const { code, expires } = await anon.createTransferCode(token, { expiresIn: "5m" });
   * console.assert(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/.test(code) && Date.parse(expires) > Date.now());
   * ```
   */
  createTransferCode(token: string, options?: { expiresIn?: Duration }): Promise<TransferCode>;

  /**
   * Signs in with a code of `createTransferCode`: one more session of that account. Case and separators do not count; O
   * is read as 0, I and L as 1.
   *
   * @throws {AnonError} `invalid_transfer_code`, the same for a wrong, expired and used one; `rate_limited`, `refused`;
   * `conflict` and `storage_unavailable`, after which the code may be used up
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const phone = await anon.signInAnonymously();
   * const { code } = await anon.createTransferCode(phone.token);
   * const laptop = await anon.signInWithTransferCode(code.toLowerCase());
   * console.assert(laptop.record.id === phone.record.id && laptop.token !== phone.token);
   * ```
   */
  signInWithTransferCode<N extends NameOf<C> = DefaultName<C>>(
    code: string,
    options?: { collection?: N },
  ): Promise<AuthData<NamedFieldsOf<C, N>>>;
}
