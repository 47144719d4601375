/** Private keys for tokens for other services. */
import { generateKeyPairSync } from "node:crypto";
import type { AnonOptions } from "../../sdk/contract/options.ts";
import type { ServiceKey } from "../../sdk/types.ts";

export const ISSUER = "https://shop.example";

export function serviceKey(
  kid: string,
  alg: ServiceKey["alg"] = "ES256",
  times: { nbf?: number; exp?: number } = {},
): ServiceKey {
  const { privateKey } =
    alg === "ES256" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("ed25519");
  return { ...(privateKey.export({ format: "jwk" }) as unknown as ServiceKey), kid, alg, ...times };
}

/** The option `serviceTokens`, with a key of each algorithm unless keys are given. */
export function withServiceTokens(
  keys: readonly ServiceKey[] = [serviceKey("one"), serviceKey("two", "EdDSA")],
): Required<Pick<AnonOptions, "serviceTokens">> {
  return { serviceTokens: { issuer: ISSUER, keys: { keys } } };
}
