/**
 * Verifies tokens where there is no storage: in another service, at an edge, in a gateway. Needs WebCrypto and, for keys
 * at a URL, `fetch`.
 *
 * @module
 */
import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from "jose";
// by their own entries, because the main entry loads all of jose
import * as errors from "jose/errors";
import { createLocalJWKSet } from "jose/jwks/local";
import { createRemoteJWKSet } from "jose/jwks/remote";
import { jwtVerify } from "jose/jwt/verify";
import type { TokenClaims } from "../contract/records.ts";
import type { ServiceTokenClaims } from "../contract/service-tokens.ts";
import { AnonError } from "../errors.ts";

export type { TokenClaims } from "../contract/records.ts";
export type { ServiceTokenClaims } from "../contract/service-tokens.ts";

/** What a verifier of service tokens expects. */
export interface ServiceVerifierOptions {
  /** The URL of the issuer's `/.well-known/jwks.json`, or the set itself. */
  jwks: string | URL | { readonly keys: readonly object[] };
  /** As in `serviceTokens` of the issuer. */
  issuer: string;
  /** This service, as in `issueServiceToken`. */
  audience: string;
  /** Whether guests are accepted. Default `false`. */
  allowGuests?: boolean;
}

/** What a verifier of session tokens expects. */
export interface SessionVerifierOptions {
  /** As in `createAnon`: any of several verifies. */
  secret: string | readonly string[];
  /** Whether guests are accepted. Default `false`. */
  allowGuests?: boolean;
}

const CLOCK_TOLERANCE_SECONDS = 5;

/** Why a token is refused. Every other failure is one of the keys. */
const REFUSED: ReadonlySet<string> = new Set([
  errors.JOSEAlgNotAllowed.code,
  // a critical header that is unknown
  errors.JOSENotSupported.code,
  // no `kid`, which every token of an issuer has
  errors.JWKSMultipleMatchingKeys.code,
  errors.JWKSNoMatchingKey.code,
  errors.JWSInvalid.code,
  errors.JWSSignatureVerificationFailed.code,
  errors.JWTClaimValidationFailed.code,
  errors.JWTExpired.code,
  errors.JWTInvalid.code,
]);

/**
 * Makes a function that returns the claims of a service token; `null` if it is expired, forged, a guest's, or for another
 * service. It does not know whether the session has ended since. Keys at a URL are fetched when they are needed, kept for
 * ten minutes, and fetched again for an unknown `kid`, at most every 30 seconds.
 *
 * @throws {AnonError} `jwks_unavailable` from the function, if the keys cannot be fetched or read
 *
 * @example
 * ```ts
 * import { createServiceVerifier } from "anon-accounts/verify";
 *
 * const verify = createServiceVerifier({
 *   jwks: "https://shop.example/.well-known/jwks.json",
 *   issuer: "https://shop.example",
 *   audience: "orders",
 * });
 * console.assert((await verify("forged")) === null);
 * ```
 */
export function createServiceVerifier(
  options: ServiceVerifierOptions,
): (token: string) => Promise<ServiceTokenClaims | null> {
  const { jwks, issuer, audience, allowGuests = false } = options;
  // jose does not check what is undefined
  if (!issuer || !audience) {
    throw new AnonError("invalid_options", "Cannot verify without `issuer` and `audience`: pass both");
  }
  const expected = {
    issuer,
    audience: allowGuests ? [audience, `${audience}#guest`] : audience,
    algorithms: ["ES256", "EdDSA"],
    requiredClaims: ["sub", "iat", "exp"],
  };
  let getKey: JWTVerifyGetKey | undefined;
  return async (token) => {
    const payload = await verified(token, expected, (header, jws) => {
      getKey ??= keysOf(jwks);
      return getKey(header, jws);
    });
    const isOurs = typeof payload?.anonymous === "boolean" && typeof payload.collection === "string";
    return isOurs && (allowGuests || !payload.anonymous) ? (payload as unknown as ServiceTokenClaims) : null;
  };
}

/**
 * Makes a function that verifies session tokens: it returns the claims of a valid token, and `null` for any other. The
 * secret can also sign tokens. Give other teams service tokens instead of the secret.
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { createSessionVerifier } from "anon-accounts/verify";
 *
 * const secret = "a secret of at least 32 characters!";
 * const { token, record } = await createAnon({ storage: memory(), secret }).signInAnonymously();
 * const verify = createSessionVerifier({ secret, allowGuests: true });
 * console.assert((await verify(token))?.id === record.id);
 * console.assert((await createSessionVerifier({ secret })(token)) === null);
 * ```
 */
export function createSessionVerifier(options: SessionVerifierOptions): (token: string) => Promise<TokenClaims | null> {
  const { secret, allowGuests = false } = options;
  const secrets = [secret].flat();
  if (secrets.length === 0 || !secrets.every((one) => typeof one === "string" && one.length >= 32)) {
    throw new AnonError("invalid_secret", "Cannot verify with this secret: pass that of createAnon");
  }
  const keys = secrets.map((one) => new TextEncoder().encode(one));
  return async (token) => {
    for (const key of keys) {
      const expected = { algorithms: ["HS256"], requiredClaims: ["sub", "iat", "exp"] };
      const claims = (await verified(token, expected, async () => key)) as unknown as TokenClaims | null;
      if (claims?.type === "auth") return allowGuests || claims.anonymous === false ? claims : null;
    }
    return null;
  };
}

async function verified(
  token: string,
  options: JWTVerifyOptions,
  getKey: JWTVerifyGetKey | (() => Promise<Uint8Array>),
): Promise<JWTPayload | null> {
  if (typeof token !== "string") return null;
  try {
    return (await jwtVerify(token, getKey, { ...options, clockTolerance: CLOCK_TOLERANCE_SECONDS })).payload;
  } catch (cause) {
    if (REFUSED.has((cause as { code?: string }).code ?? "")) return null;
    throw new AnonError("jwks_unavailable", "Cannot verify tokens: the issuer's keys cannot be fetched or read", {
      cause,
    });
  }
}

function keysOf(jwks: ServiceVerifierOptions["jwks"]): JWTVerifyGetKey {
  if (typeof jwks === "string" || jwks instanceof URL) return createRemoteJWKSet(new URL(jwks));
  return createLocalJWKSet(jwks as JSONWebKeySet);
}
