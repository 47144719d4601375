import type { Authenticated, Duration } from "../contract/records.ts";
import type { IssueServiceTokenOptions, ServiceToken, ServiceTokenClaims } from "../contract/service-tokens.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { parseDuration } from "../settings/duration.ts";
import { check, optionsOf } from "../settings/options.ts";
import { signServiceToken } from "../tokens/service-token.ts";
import { authenticate } from "./authenticate.ts";

const MINUTE = 60_000;
const KEYS: Record<keyof IssueServiceTokenOptions, true> = { audience: true, expiresIn: true, allowGuests: true };

export async function issueServiceToken(
  engine: Engine,
  token: string,
  options: IssueServiceTokenOptions,
): Promise<ServiceToken> {
  const issue = serviceTokenIssuer(engine, options);
  // it counts as activity: a guest who only calls other services must not be collected
  const present = await authenticate(engine, token);
  if (present) return await issue(present);
  throw new AnonError("invalid_token", "Cannot issue a service token: the token is expired, revoked or not ours");
}

/**
 * Checks the options, and returns what issues a token for an account that was authenticated.
 *
 * @throws {AnonError} `service_tokens_unconfigured`, `invalid_options`, `invalid_duration`
 */
export function serviceTokenIssuer(
  engine: Engine,
  options: IssueServiceTokenOptions,
): (present: Authenticated) => Promise<ServiceToken> {
  const { audience, expiresIn = 5 * MINUTE, allowGuests = false } = optionsOf("issueServiceToken", KEYS, options);
  const { serviceKeys } = engine;
  if (!serviceKeys) {
    throw new AnonError(
      "service_tokens_unconfigured",
      "Cannot issue a service token: make keys with `anon keys create`, and pass them to createAnon as `serviceTokens`",
    );
  }
  const isAudience = typeof audience === "string" && /^[^#]{1,255}$/.test(audience);
  check(isAudience, "this `audience`", "use 1 to 255 characters without #");
  const lifetime = lifetimeOf(expiresIn);
  return async ({ record, claims: session }) => {
    const now = engine.now();
    const claims: ServiceTokenClaims = {
      iss: serviceKeys.issuer,
      aud: record.anonymous && !allowGuests ? `${audience}#guest` : audience,
      sub: record.id,
      collection: record.collectionName,
      anonymous: record.anonymous,
      iat: Math.floor(now / 1_000),
      exp: Math.min(Math.floor((now + lifetime) / 1_000), session.exp),
    };
    return {
      token: await signServiceToken(serviceKeys.signerAt(now), claims),
      expires: new Date(claims.exp * 1_000).toISOString(),
    };
  };
}

function lifetimeOf(expiresIn: Duration): number {
  const lifetime = parseDuration(expiresIn);
  if (lifetime >= 1_000 && lifetime <= 60 * MINUTE) return lifetime;
  throw new AnonError(
    "invalid_duration",
    `Cannot use duration ${JSON.stringify(expiresIn)} for a service token: use one from 1s to 1h`,
  );
}
