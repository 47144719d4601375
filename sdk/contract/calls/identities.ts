/** The calls about external identities. The application asks the services and verifies their responses. */
import type { IdentityInput } from "../identities.ts";
import type { Collections, DefaultName, FieldsOf, InputOf, NameOf } from "../options.ts";
import type { AnonRecord, AuthData, ConvertOptions } from "../records.ts";

/** Outside identities: of OAuth, OIDC, passkeys. An account may have several, and an identity is one account's alone. */
export interface AnonIdentities<C extends Collections = Collections> {
  /**
   * Signs in to the account that is linked to an outside identity, which the application verified. Without one, an email
   * that the service vouches for (`emailVerified`) gets its owner into the account that holds it unverified: the same id and
   * own fields, with the identity linked and the email verified. What a squatter set up there ends: every earlier session,
   * the password, and every identity whose service does not vouch for the same email; with the `token` of a session of that
   * account nothing ends. `null` when there is no such account either: then a guest is converted with the identity.
   *
   * @throws {AnonError} `invalid_identity`, `identity_taken`, `refused`, `unknown_collection`, `conflict`,
   * `storage_unavailable`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const identity = { provider: "google", subject: "110169484474386276334" };
   * const guest = await anon.signInAnonymously();
   * console.assert((await anon.signInWithIdentity(identity)) === null);
   * await anon.convertWithIdentity(guest.token, identity);
   * console.assert((await anon.signInWithIdentity(identity))?.record.id === guest.record.id);
   * ```
   */
  signInWithIdentity<N extends NameOf<C> = DefaultName<C>>(
    identity: IdentityInput,
    options?: { collection?: N; token?: string },
  ): Promise<AuthData<FieldsOf<C, N>> | null>;

  /**
   * Makes a guest a registered account that is signed in to by another service: same id, a new session, every other one
   * ended. An email comes along only if it is vouched for (`emailVerified`), and no other account may have it; without one
   * the made-up address stays. After `email_taken` call `signInWithIdentity`: it gets the owner of the address into an account
   * that holds it unverified. A call of its own, so that no input that a browser sent can pass for an identity.
   *
   * @throws {AnonError} `invalid_identity`, `identity_taken`, `email_taken`, and as `convert`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const guest = await anon.signInAnonymously();
   * const identity = { provider: "google", subject: "110169484474386276334", email: "ada@example.com", emailVerified: true };
   * const { record } = await anon.convertWithIdentity(guest.token, identity);
   * console.assert(record.id === guest.record.id && record.email === "ada@example.com" && record.verified);
   * ```
   */
  convertWithIdentity<N extends NameOf<C> = NameOf<C>>(
    token: string,
    identity: IdentityInput,
    options?: ConvertOptions<InputOf<C, N>>,
  ): Promise<AuthData<FieldsOf<C, N>>>;

  /**
   * Gives a registered account one more way in; a guest is converted instead. One that it has already stays as it is.
   *
   * @throws {AnonError} `invalid_token`, `not_found`, `not_registered`, `invalid_identity`, `identity_taken`, `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const guest = await anon.signInAnonymously();
   * const { token } = await anon.convert(guest.token, { email: "ada@example.com", password: "correct horse battery" });
   * await anon.link(token, { provider: "github", subject: "583231" });
   * console.assert((await anon.exportAccount(token)).identities[0]?.provider === "github");
   * ```
   */
  link<N extends NameOf<C> = NameOf<C>>(token: string, identity: IdentityInput): Promise<AnonRecord<FieldsOf<C, N>>>;

  /**
   * Removes a way in, never the last one, and ends every session but that of the token. Returns whether the account had
   * it. A password that a person chose is another way in, and so is a verified email.
   *
   * @throws {AnonError} `invalid_token`, `not_found`, `last_way_in`, `invalid_identity`, `conflict`
   *
   * @example
   * ```ts
   * import { createAnon } from "anon-accounts";
   * import memory from "anon-accounts/drivers/memory";
   *
   * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
   * const [github, passkey] = [{ provider: "github", subject: "583231" }, { provider: "passkey", subject: "q1w2e3" }];
   * const { token } = await anon.convertWithIdentity((await anon.signInAnonymously()).token, github);
   * await anon.link(token, passkey);
   * console.assert(await anon.unlink(token, github));
   * console.assert((await anon.signInWithIdentity(github)) === null);
   * ```
   */
  unlink<_N extends NameOf<C> = NameOf<C>>(
    token: string,
    identity: Pick<IdentityInput, "provider" | "subject">,
  ): Promise<boolean>;
}
