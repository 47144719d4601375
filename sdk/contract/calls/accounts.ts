import type { MergeInput } from "../merge.ts";
import type { Collections, DefaultName, InputOf, NamedFieldsOf, NameOf } from "../options.ts";
import type { AnonRecord, AuthData, ConvertInput, Mail } from "../records.ts";

/** Registering, converting and merging accounts. */
export interface AnonAccounts<C extends Collections = Collections> {
  /**
   * Makes an anonymous account a registered one, with the same id. All its sessions end, and a new one begins. The
   * email is unique in its collection, whatever its case and Unicode normalisation. An email with invisible characters,
   * or with letters that stand for others (`ａ`, `ß`), is refused.
   *
   * @throws {AnonError} `already_registered`, `email_taken`, `invalid_email`, `reserved_email`, `username_taken`,
   * `invalid_username`, `reserved_username`, `weak_password`, `overloaded`, `refused`, and as `update`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const guest = await anon.signInAnonymously();
   * const { record } = await anon.convert(guest.token, { email: "ada@example.com", password: "correct horse battery" });
   * console.assert(record.id === guest.record.id && !record.anonymous);
   * ```
   */
  convert<N extends NameOf<C> = NameOf<C>>(
    token: string,
    input: ConvertInput<InputOf<C, N>>,
  ): Promise<AuthData<NamedFieldsOf<C, N>>>;

  /**
   * The first half of a conversion without a password: returns the mail with a code for the application to send, or
   * `null` when another account has verified the email or its domain receives no mail. The account does not change
   * before `confirmConversion`. The HTTP API passes the mail to `sendMail`.
   *
   * @throws {AnonError} `invalid_token`, `already_registered`, `invalid_email`, `reserved_email`, `rate_limited`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const guest = await anon.signInAnonymously();
   * const mail = await anon.requestConversion(guest.token, { email: "ada@example.com" });
   * console.assert(mail?.to === "ada@example.com" && mail.token.length === 19);
   * ```
   */
  requestConversion(token: string, input: { email: string }): Promise<Mail | null>;

  /**
   * The second half: converts the guest that the code was made for. The email counts as verified. The account has no
   * password until its owner sets one by a reset. All its sessions end, and a new one begins.
   *
   * If another account has the email unverified, this signs in to that account (`record.id` is another one), as the
   * first proof of its email (see `AnonCredentials`); `username` and `data` are not used. The guest stays as it
   * is: merge it with both tokens if it belongs to the same person.
   *
   * @throws {AnonError} `invalid_action_token`, `rate_limited`, and as `convert`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const guest = await anon.signInAnonymously();
   * const mail = await anon.requestConversion(guest.token, { email: "ada@example.com" });
   * const { record } = await anon.confirmConversion(mail?.token ?? "");
   * console.assert(record.id === guest.record.id && record.verified && record.email === "ada@example.com");
   * ```
   */
  confirmConversion<N extends NameOf<C> = DefaultName<C>>(
    code: string,
    options?: { collection?: N; username?: string; data?: Partial<InputOf<C, N>>; token?: string },
  ): Promise<AuthData<NamedFieldsOf<C, N>>>;

  /**
   * Merges a guest into a registered account. The strategy says which own fields the account gets. The hook `merge`
   * moves the application's data. Until it succeeds the guest stays as it was, and another call continues the same
   * merge. Afterwards the guest's id stands for the account for the time `forwarding`. The guest's sessions end; its
   * token is exchanged once, within a minute, for a session of the account.
   *
   * @throws {AnonError} `invalid_token`, `already_registered`, `not_registered`, `merge_refused`,
   * `account_held`, `refused`, `invalid_data`, `record_too_large`, `invalid_options` for an unusable strategy,
   * `conflict`, and what hooks throw
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const ada = { email: "ada@example.com", password: "correct horse battery" };
   * const known = await anon.convert((await anon.signInAnonymously()).token, ada);
   * const guest = await anon.signInAnonymously({ data: { cart: ["tea"] } });
   * const { record } = await anon.merge({ anonymous: guest.token, account: known.token });
   * console.assert(record.id === known.record.id && record.cart);
   * console.assert((await anon.authenticate(guest.token))?.record.id === known.record.id);
   * ```
   */
  merge<N extends NameOf<C> = NameOf<C>>(input: MergeInput): Promise<AuthData<NamedFieldsOf<C, N>>>;

  /**
   * Creates a registered account without a session. Its email is unverified until its owner proves it.
   *
   * @throws {AnonError} `email_taken`, `invalid_email`, `reserved_email`, `username_taken`, `invalid_username`,
   * `reserved_username`, `weak_password`, `overloaded`, and as `signInAnonymously`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const ada = { email: "ada@example.com", password: "correct horse battery" };
   * const record = await anon.register(ada);
   * console.assert((await anon.signInWithPassword(ada.email, ada.password)).record.id === record.id);
   * ```
   */
  register<N extends NameOf<C> = DefaultName<C>>(
    input: ConvertInput<InputOf<C, N>> & { collection?: N },
  ): Promise<AnonRecord<NamedFieldsOf<C, N>>>;
}
