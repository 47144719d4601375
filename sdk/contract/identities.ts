/** External identities: of OAuth, OIDC, passkeys. */

/** An identity that the application has verified. */
export interface IdentityInput {
  /** Which service: up to 64 of `a-z`, `0-9`, `.`, `_`, `-`, such as `google`, `oidc.example`, `passkey`. */
  provider: string;
  /** Its permanent id there: `sub` of OIDC, the id of a credential; never an email. 1 to 255 characters. */
  subject: string;
  /** As the service reports it, up to 254 characters. */
  email?: string;
  /** Whether the service vouches for the email: then it becomes the account's. Default `false`. */
  emailVerified?: boolean;
}

/** An external identity of an account. */
export interface IdentityInfo extends Pick<IdentityInput, "provider" | "subject" | "email"> {
  /** The service vouched for the email. */
  emailVerified?: true;
  /** When it was linked (ISO 8601 in UTC). */
  linked: string;
}
