import type { ServiceTokenClaims } from "../contract/service-tokens.ts";
import type { ServiceSigner } from "./service-keys.ts";

/** A JWT (RFC 7519) for another service. Its issuer and audience may have characters beyond ASCII. */
export async function signServiceToken(
  { beginning, sign }: ServiceSigner,
  claims: ServiceTokenClaims,
): Promise<string> {
  const signed = beginning + base64url(new TextEncoder().encode(JSON.stringify(claims)));
  return `${signed}.${base64url(await sign(signed))}`;
}

function base64url(bytes: Uint8Array): string {
  // spread, they would go one by one through an iterator, which on Bun takes longer than the rest of a token
  const base64 = btoa(String.fromCharCode.apply(null, bytes as unknown as number[]));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
