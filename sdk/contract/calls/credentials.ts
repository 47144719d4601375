import type { Collections, DefaultName, NamedFieldsOf, NameOf } from "../options.ts";
import type { AnonRecord, Mail } from "../records.ts";

/**
 * Passwords and emails of registered accounts. A request returns a mail for the application to send, or `null` when
 * there is nothing to send. Never reveal which to the visitor, also not by the time of the response: a mail takes one
 * more write. The HTTP API passes the mails to `sendMail` after its response.
 *
 * The first proof of an unverified email ends what a squatter may have set up: every session, the password, and every
 * identity whose service does not vouch for the email. With the `token` of a session of that account it ends none of
 * these.
 */
export interface AnonCredentials<C extends Collections = Collections> {
  /**
   * Sets another password. Every session but that of the token ends.
   *
   * @throws {AnonError} `invalid_token`, `invalid_credentials` for a wrong old password, `weak_password`,
   * `rate_limited`, `overloaded`, `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const ada = { email: "ada@example.com", password: "correct horse battery" };
   * const { token } = await anon.convert((await anon.signInAnonymously()).token, ada);
   * await anon.changePassword(token, { oldPassword: ada.password, password: "another horse battery" });
   * console.assert((await anon.authenticate(token)) !== null);
   * ```
   */
  changePassword(token: string, input: { oldPassword: string; password: string }): Promise<AnonRecord>;

  /**
   * The mail with which the owner of an email sets a new password, if a registered account has that email.
   *
   * @throws {AnonError} `rate_limited`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const ada = { email: "ada@shop.dev", password: "correct horse battery" };
   * await anon.register(ada);
   * console.assert((await anon.requestPasswordReset("ada@shop.dev"))?.to === "ada@shop.dev");
   * console.assert((await anon.requestPasswordReset("grace@shop.dev")) === null);
   * ```
   */
  requestPasswordReset<N extends NameOf<C> = DefaultName<C>>(
    email: string,
    options?: { collection?: N },
  ): Promise<Mail | null>;

  /**
   * Sets a new password with the token of a mail, and verifies the email. Every session ends.
   *
   * @throws {AnonError} `invalid_action_token` for one that is wrong, expired or used; `weak_password`, `rate_limited`,
   * `overloaded`, `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const ada = { email: "ada@shop.dev", password: "correct horse battery" };
   * await anon.register(ada);
   * const mail = await anon.requestPasswordReset(ada.email);
   * await anon.resetPassword(mail?.token ?? "", { password: "another horse battery" });
   * console.assert((await anon.signInWithPassword(ada.email, "another horse battery")).record.verified);
   * ```
   */
  resetPassword<N extends NameOf<C> = DefaultName<C>>(
    code: string,
    input: { password: string; collection?: N; token?: string },
  ): Promise<AnonRecord<NamedFieldsOf<C, N>>>;

  /**
   * The mail with which the owner of an email verifies it, if a registered account has that email unverified.
   *
   * @throws {AnonError} `rate_limited`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const ada = { email: "ada@shop.dev", password: "correct horse battery" };
   * await anon.register(ada);
   * console.assert((await anon.requestVerification(ada.email))?.type === "verification");
   * ```
   */
  requestVerification<N extends NameOf<C> = DefaultName<C>>(
    email: string,
    options?: { collection?: N },
  ): Promise<Mail | null>;

  /**
   * Verifies the email of an account with the token of a mail.
   *
   * @throws {AnonError} `invalid_action_token` for one that is wrong, expired or used; `rate_limited`, `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const ada = { email: "ada@shop.dev", password: "correct horse battery" };
   * await anon.register(ada);
   * const mail = await anon.requestVerification(ada.email);
   * console.assert((await anon.verifyEmail(mail?.token ?? "")).verified);
   * ```
   */
  verifyEmail<N extends NameOf<C> = DefaultName<C>>(
    code: string,
    options?: { collection?: N; token?: string },
  ): Promise<AnonRecord<NamedFieldsOf<C, N>>>;

  /**
   * The mail to a new email, with which the account of the token gets that email, if no other account has it.
   *
   * @throws {AnonError} `invalid_token`, `invalid_email`, `reserved_email`, `rate_limited`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const ada = { email: "ada@example.com", password: "correct horse battery" };
   * const { token } = await anon.convert((await anon.signInAnonymously()).token, ada);
   * console.assert((await anon.requestEmailChange(token, { email: "ada@shop.dev" }))?.to === "ada@shop.dev");
   * ```
   */
  requestEmailChange(token: string, input: { email: string }): Promise<Mail | null>;

  /**
   * Changes the email with the token of a mail and the password of the account, and verifies it. Every session ends.
   *
   * @throws {AnonError} `invalid_action_token` for one that is wrong, expired or used; `invalid_credentials` for a
   * wrong password, `email_taken`, `rate_limited`, `overloaded`, `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const ada = { email: "ada@example.com", password: "correct horse battery" };
   * const { token } = await anon.convert((await anon.signInAnonymously()).token, ada);
   * const mail = await anon.requestEmailChange(token, { email: "ada@shop.dev" });
   * const { email, verified } = await anon.changeEmail(mail?.token ?? "", { password: ada.password, token });
   * console.assert(email === "ada@shop.dev" && verified);
   * ```
   */
  changeEmail<N extends NameOf<C> = DefaultName<C>>(
    code: string,
    input: { password: string; collection?: N; token?: string },
  ): Promise<AnonRecord<NamedFieldsOf<C, N>>>;
}
