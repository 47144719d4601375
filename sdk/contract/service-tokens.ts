/** Tokens for other services. */
import type { Duration } from "./records.ts";

/** A private key as a JSON Web Key: ES256 (P-256) or EdDSA (Ed25519). `anon keys create` makes it. */
export interface ServiceKey {
  /** Names the key in the header of a token. Unique in its set. */
  kid: string;
  /** The signature algorithm. */
  alg: "ES256" | "EdDSA";
  /** `EC` for ES256, `OKP` for EdDSA. */
  kty: "EC" | "OKP";
  /** `P-256` or `Ed25519`. */
  crv: "P-256" | "Ed25519";
  /** The public key, base64url. */
  x: string;
  /** Of `EC`. */
  y?: string;
  /** The private key, base64url: a secret. */
  d: string;
  /** When it begins to sign, in seconds since the epoch. It is published before. Default: at once. */
  nbf?: number;
  /** When it stops being published, in seconds since the epoch. Default: never. */
  exp?: number;
}

/** The option `serviceTokens` of `createAnon`. */
export interface ServiceTokenOptions {
  /** The claim `iss`: the URL of your application, as services compare it. */
  issuer: string;
  /** The set of keys, or its JSON text, such as the contents of the file of `anon keys`. */
  keys: { readonly keys: readonly ServiceKey[] } | string;
}

/** Options of `issueServiceToken`. */
export interface IssueServiceTokenOptions {
  /** The service that the token is for: 1 to 255 characters without `#`. A guest's token has `#guest` after it. */
  audience: string;
  /** How long it is valid: `1s` to `1h`, and no longer than the session. Default 5 minutes. */
  expiresIn?: Duration;
  /** Whether a guest's token has the same `aud` as that of a registered account. Default `false`. */
  allowGuests?: boolean;
}

/** A token for another service. */
export interface ServiceToken {
  /** A JWT for the service. */
  token: string;
  /** When it expires, in ISO 8601. */
  expires: string;
}

/** What a service token says. */
export interface ServiceTokenClaims {
  /** The issuer. */
  iss: string;
  /** The audience; a guest's ends with `#guest` unless the issuer allowed guests. */
  aud: string;
  /** The account's id. */
  sub: string;
  /** The account's collection. */
  collection: string;
  /** Whether the account was anonymous when the token was issued. */
  anonymous: boolean;
  /** When it was issued, in seconds since the epoch. */
  iat: number;
  /** When it expires, in seconds since the epoch. */
  exp: number;
}
