import type { ServiceTokenClaims } from "../contract/service-tokens.ts";
import type { ServiceSigner } from "./service-keys.ts";

/** The part of `Buffer` that is used. */
interface BufferOf {
  from(data: string | ArrayBuffer): { toString(encoding: "base64url"): string };
}
// its encoder takes a quarter of the time of btoa and what has to be done around it; Workers and browsers lack it
const { Buffer } = globalThis as { Buffer?: BufferOf };

/** A JWT (RFC 7519) for another service. Its issuer and audience may have characters beyond ASCII. */
export async function signServiceToken(
  { beginning, sign }: ServiceSigner,
  claims: ServiceTokenClaims,
): Promise<string> {
  const signed = beginning + base64url(JSON.stringify(claims));
  const signature = await sign(signed);
  return `${signed}.${base64url(signature)}`;
}

function base64url(data: string | ArrayBuffer): string {
  if (Buffer) return Buffer.from(data).toString("base64url");
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : new Uint8Array(data);
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
