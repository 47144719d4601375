/** The provider: the one in the environment variables, or else a local one. */
import { createHash } from "node:crypto";
import { startProvider } from "./provider/start.ts";

export interface Provider {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Identities are stored under this name, so it must not change. */
  name: string;
  /** The name that visitors see. */
  label: string;
  /** Registers the redirect URIs with the local provider; with others you register them yourself. */
  register?(redirectUris: string[]): void;
}

export async function openProvider(): Promise<Provider> {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = process.env;
  if (!issuer) return { ...(await startProvider()), name: "loopback", label: "Loopback ID" };
  if (!clientId || !clientSecret) throw new Error("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, too");
  const { hostname } = new URL(issuer);
  return { issuer, clientId, clientSecret, name: nameOf(issuer, hostname), label: process.env.OIDC_LABEL || hostname };
}

/** Subjects are unique for an issuer only, and a host can have several issuers, so the host is not enough. */
function nameOf(issuer: string, hostname: string): string {
  const hash = createHash("sha256").update(issuer).digest("hex").slice(0, 16);
  return `oidc.${hostname.replace(/[^a-z0-9.-]/g, "").slice(0, 40)}.${hash}`;
}
