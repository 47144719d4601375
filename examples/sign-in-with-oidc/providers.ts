/** Which provider people sign in with: one that the environment names, else one on this machine. */
import { createHash } from "node:crypto";
import { startProvider } from "./provider/start.ts";

export interface Provider {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** What identities are stored under, so it stays the same. */
  name: string;
  /** What people call it. */
  label: string;
  /** Tells the one on this machine where people are taken back; elsewhere somebody has registered that. */
  register?(redirectUris: string[]): void;
}

export async function openProvider(): Promise<Provider> {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = process.env;
  if (!issuer) return { ...(await startProvider()), name: "loopback", label: "Loopback ID" };
  if (!clientId || !clientSecret) throw new Error("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, too");
  const { hostname } = new URL(issuer);
  return { issuer, clientId, clientSecret, name: nameOf(issuer, hostname), label: process.env.OIDC_LABEL || hostname };
}

/** A subject is one issuer's, and a host may have several issuers: so the name is not the host alone. */
function nameOf(issuer: string, hostname: string): string {
  const hash = createHash("sha256").update(issuer).digest("hex").slice(0, 16);
  return `oidc.${hostname.replace(/[^a-z0-9.-]/g, "").slice(0, 40)}.${hash}`;
}
