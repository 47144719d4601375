import type { IdentityInput } from "../identities.ts";
import type { Collections, DefaultName, InputOf, NamedFieldsOf, NameOf } from "../options.ts";
import type { AnonRecord, AuthData, ConvertOptions } from "../records.ts";

/**
 * External identities: of OAuth, OIDC, passkeys. The application verifies the services' responses. An account may have
 * several identities, and an identity belongs to one account.
 */
export interface AnonIdentities<C extends Collections = Collections> {
  /**
   * Signs in to the account that is linked to an external identity. If there is none, and the service vouches for the
   * email (`emailVerified`), signs in to the account that has that email unverified, and links the identity: this is
   * the first proof of its email (see `AnonCredentials`). `null` when there is no such account either; then
   * convert a guest with the identity.
   *
   * @throws {AnonError} `invalid_identity`, `identity_taken`, `refused`, `conflict`
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
  ): Promise<AuthData<NamedFieldsOf<C, N>> | null>;

  /**
   * Makes a guest a registered account that signs in with another service, with the same id. All its sessions end, and
   * a new one begins. The account gets the email only if the service vouches for it (`emailVerified`), and no other
   * account may have it; otherwise it keeps the guest's. After `email_taken` call `signInWithIdentity`. This is not an
   * option of `convert`, so that input from a browser cannot pass as an identity.
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
  ): Promise<AuthData<NamedFieldsOf<C, N>>>;

  /**
   * Adds an external identity to a registered account; convert a guest instead. One that it already has stays as it is.
   *
   * @throws {AnonError} `invalid_token`, `not_registered`, `invalid_identity`, `identity_taken`, `conflict`
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
  link<N extends NameOf<C> = NameOf<C>>(
    token: string,
    identity: IdentityInput,
  ): Promise<AnonRecord<NamedFieldsOf<C, N>>>;

  /**
   * Removes an external identity, and ends every session but that of the token. Returns whether the account had it. An
   * account keeps its last way to sign in; a password that a person chose is another way, and so is a verified email.
   *
   * @throws {AnonError} `invalid_token`, `last_way_in`, `invalid_identity`, `conflict`
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
