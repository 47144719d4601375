/** The calls that begin, check and end sessions. */

import type { Collections, DefaultName, FieldsOf, InputOf, NameOf } from "../options.ts";
import type { AuthData, Authenticated, Duration, TokenClaims, TransferCode } from "../records.ts";

/** The sessions of visitors. */
export interface AnonSessions<C extends Collections = Collections> {
  /**
   * Creates an account with a random email and password, and signs it in: one write.
   *
   * @throws {AnonError} `unknown_collection`, `invalid_collection`, `invalid_data`, `reserved_field`, `record_too_large`,
   * `invalid_idempotency_key`, `idempotency_key_used`, `conflict`, `storage_unavailable`
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
    /** 16 to 255 characters that cannot be guessed: for two minutes all calls with them are one account and session. */
    idempotencyKey?: string;
  }): Promise<AuthData<FieldsOf<C, N>>>;

  /**
   * Signs in with an email or a username, in any case and Unicode normalisation: one more session.
   *
   * @throws {AnonError} `invalid_credentials`, the same for an unknown identity and a wrong password; `unknown_collection`,
   * `invalid_collection`, `conflict`, `storage_unavailable`
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
  ): Promise<AuthData<FieldsOf<C, N>>>;

  /**
   * Goes on with the session of a token, as `authenticate`, but refuses instead of answering `null`. Inside of `run` it
   * becomes that of the browser: the cookie is set.
   *
   * @throws {AnonError} `invalid_token`, `storage_unavailable`
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
  signInWithToken(token: string): Promise<AuthData<FieldsOf<C, NameOf<C>>>>;

  /**
   * Whose token this is: one read, and a write when activity is due or the session is past half of its life, whose
   * `token` is then a new one. Of a `Request` the `Authorization` header counts, raw or after `Bearer`. `null` for a token
   * that is expired, revoked or forged, or whose account is gone.
   *
   * @throws {AnonError} `storage_unavailable`, `storage_corrupt`: a storage that fails is no answer; `conflict`
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
  authenticate(credentials: string | Request): Promise<Authenticated<FieldsOf<C, NameOf<C>>> | null>;

  /**
   * What a token says, or `null` when it is expired or not ours. Synchronous and without storage, for edges and gateways:
   * a session that was ended since still passes. Never throws.
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
   * A new token for the session of a token, which begins to live its `sessionTtl` anew: a guest's at most until its
   * `lifetime` is over. The old one stays good until it expires.
   *
   * @throws {AnonError} `invalid_token`, `conflict`, `storage_unavailable`
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
  refresh(token: string): Promise<AuthData<FieldsOf<C, NameOf<C>>>>;

  /**
   * Ends the session of a token, or all of its account's. A token that is not valid has nothing to end.
   *
   * @throws {AnonError} `conflict`, `storage_unavailable`
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
   * A code with which another device signs in to the account of a token, once, and without this one being signed out.
   * Guests and registered accounts make them alike. It is good for `expiresIn` (from `1m` to `24h`, default `10m`), as long as
   * the session of the token lives and the password stays.
   *
   * @throws {AnonError} `invalid_token`, `invalid_duration`, `rate_limited`, `conflict`, `storage_unavailable`
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
   * Signs in with a code of `createTransferCode`, which is then used up: one more session of that account. Case and
   * separators mean nothing, O is taken for 0 and I and L for 1.
   *
   * @throws {AnonError} `invalid_transfer_code`, the same for a wrong, expired and used one; `unknown_collection`,
   * `invalid_collection`, `rate_limited`, `refused`; `conflict`, `storage_unavailable`, after which the code may be used up
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
  ): Promise<AuthData<FieldsOf<C, N>>>;
}
