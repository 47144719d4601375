/** The calls by which somebody sees and ends what is kept of them, by a token and without a password. */

import type { Collections, FieldsOf, NameOf } from "../options.ts";
import type { AccountExport, AccountRef, SessionInfo } from "../records.ts";

/** What everybody may do with their own account; whoever runs the application names an account instead of a token. */
export interface AnonSelf<C extends Collections = Collections> {
  /**
   * The living sessions of an account, the oldest first.
   *
   * @throws {AnonError} `invalid_token`, `not_found`
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
  listSessions<N extends NameOf<C> = NameOf<C>>(target: string | AccountRef<N>): Promise<SessionInfo[]>;

  /**
   * Ends one session of an account. Answers whether it was there.
   *
   * @throws {AnonError} `invalid_token`, `not_found`, `refused`, `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { record, email, password } = await anon.createAnonymousUser();
   * const [laptop, phone] = [await anon.signInWithPassword(email, password), await anon.signInWithPassword(email, password)];
   * const lost = anon.verifyToken(phone.token)?.sid ?? "";
   * console.assert(await anon.endSession(laptop.token, lost));
   * console.assert((await anon.authenticate(phone.token)) === null);
   * console.assert((await anon.listSessions({ id: record.id })).length === 1);
   * ```
   */
  endSession<N extends NameOf<C> = NameOf<C>>(target: string | AccountRef<N>, session: string): Promise<boolean>;

  /**
   * All that is stored of an account, ready for `JSON.stringify`; no hash is in it.
   *
   * @throws {AnonError} `invalid_token`, `not_found`
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
  exportAccount<N extends NameOf<C> = NameOf<C>>(
    target: string | AccountRef<N>,
  ): Promise<AccountExport<FieldsOf<C, N>>>;

  /**
   * Deletes the account of a token, guest or registered, without a password.
   *
   * @throws {AnonError} `invalid_token`, `refused`, `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const { token, record } = await anon.signInAnonymously();
   * await anon.deleteAccount(token);
   * console.assert((await anon.get(record.id)) === null);
   * ```
   */
  deleteAccount(token: string): Promise<void>;
}
