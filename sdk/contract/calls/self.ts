import type { Collections, InputOf, NamedFieldsOf, NameOf } from "../options.ts";
import type { AccountExport, AnonRecord, SessionInfo } from "../records.ts";

/** Self-service calls for the owner of an account, with a token and without a password. */
export interface AnonSelf<C extends Collections = Collections> {
  /**
   * The living sessions of the account, the oldest first.
   *
   * @throws {AnonError} `invalid_token`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { token } = await anon.signInAnonymously();
   * const [session] = await anon.listSessions(token);
   * console.assert(session?.current && session.id === anon.verifyToken(token)?.sid);
   * ```
   */
  listSessions<_N extends NameOf<C> = NameOf<C>>(token: string): Promise<SessionInfo[]>;

  /**
   * Ends one session of the account. Returns whether it existed.
   *
   * @throws {AnonError} `invalid_token`, `refused`, `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { record, email, password } = await anon.admin.createUser();
   * const [laptop, phone] = [await anon.signInWithPassword(email, password), await anon.signInWithPassword(email, password)];
   * const lost = anon.verifyToken(phone.token)?.sid ?? "";
   * console.assert(await anon.endSession(laptop.token, lost));
   * console.assert((await anon.authenticate(phone.token)) === null);
   * console.assert((await anon.admin.listSessions(record.id)).length === 1);
   * ```
   */
  endSession<_N extends NameOf<C> = NameOf<C>>(token: string, session: string): Promise<boolean>;

  /**
   * All that is stored of the account, ready for `JSON.stringify`; it contains no hash.
   *
   * @throws {AnonError} `invalid_token`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { token } = await anon.signInAnonymously({ data: { cart: ["tea"] } });
   * const { record, sessions } = await anon.exportAccount(token);
   * console.assert(record.cart && sessions.length === 1);
   * ```
   */
  exportAccount<N extends NameOf<C> = NameOf<C>>(token: string): Promise<AccountExport<NamedFieldsOf<C, N>>>;

  /**
   * Deletes the account, guest or registered.
   *
   * @throws {AnonError} `invalid_token`, `account_held`, `refused`, `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { token, record } = await anon.signInAnonymously();
   * await anon.deleteAccount(token);
   * console.assert((await anon.admin.get(record.id)) === null);
   * ```
   */
  deleteAccount(token: string): Promise<void>;

  /**
   * Sets own fields; others stay, and `undefined` removes one. Either all changes happen or none.
   *
   * @throws {AnonError} `invalid_token`, `reserved_field`, `invalid_data`, `record_too_large`, `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { token } = await anon.signInAnonymously({ data: { cart: ["tea"] } });
   * console.assert((await anon.update(token, { cart: [] })).plan === undefined);
   * ```
   */
  update<N extends NameOf<C> = NameOf<C>>(
    token: string,
    data: Partial<InputOf<C, N>>,
  ): Promise<AnonRecord<NamedFieldsOf<C, N>>>;
}
