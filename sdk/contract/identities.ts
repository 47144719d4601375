/** Outside identities: of OAuth, OIDC, passkeys. */

/** What the application found out. */
export interface IdentityInput {
  /** Which service: up to 64 of `a-z`, `0-9`, `.`, `_`, `-`, such as `google`, `oidc.example`, `passkey`. */
  provider: string;
  /** Who it is there, for good: `sub` of OIDC, the id of a credential; never an email. 1 to 255 characters. */
  subject: string;
  email?: string;
  /** Whether the service vouches for the email: then it becomes the account's. Default `false`. */
  emailVerified?: boolean;
}

/** An outside identity of an account. `linked` is ISO 8601 in UTC. */
export interface IdentityInfo {
  provider: string;
  subject: string;
  email?: string;
  /** The service vouched for the email. */
  emailVerified?: true;
  linked: string;
}
