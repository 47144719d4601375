import type { Session } from "../account/account.ts";
import type { Duration } from "../contract/records.ts";
import type { IssueServiceTokenOptions, ServiceToken, ServiceTokenClaims } from "../contract/service-tokens.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { parseDuration } from "../settings/duration.ts";
import { check } from "../settings/options.ts";
import { signServiceToken } from "../tokens/service-token.ts";
import { resolveToken } from "./shared/resolve-target.ts";

const MINUTE = 60_000;

export async function issueServiceToken(
  engine: Engine,
  token: string,
  options: IssueServiceTokenOptions,
): Promise<ServiceToken> {
  const { audience, expiresIn = 5 * MINUTE, allowGuests = false } = options ?? {};
  const { serviceKeys } = engine;
  check(serviceKeys !== null, "`issueServiceToken`", "set `serviceTokens`, with keys of `anon keys create`");
  const isAudience = typeof audience === "string" && /^[^#]{1,255}$/.test(audience);
  check(isAudience, "this `audience`", "use 1 to 255 characters without #");
  const lifetime = lifetimeOf(expiresIn);
  const { sid, settings, read } = resolveToken(engine, token, "issue a service token");
  const { account } = await read();
  const session = account.sessions.find(({ id }) => id === sid) as Session;
  const now = engine.now();
  const claims: ServiceTokenClaims = {
    iss: serviceKeys.issuer,
    aud: account.anonymous && !allowGuests ? `${audience}#guest` : audience,
    sub: account.id,
    collection: settings.name,
    anonymous: account.anonymous,
    iat: Math.floor(now / 1_000),
    exp: Math.floor(Math.min(now + lifetime, session.expires) / 1_000),
  };
  return {
    token: await signServiceToken(serviceKeys.signerAt(now), claims),
    expires: new Date(claims.exp * 1_000).toISOString(),
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
