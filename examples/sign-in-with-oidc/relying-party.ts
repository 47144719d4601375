/** The authorization code flow of OpenID Connect, with PKCE, state and nonce. */
import type { IdentityInput } from "anon-accounts/types";
import * as client from "openid-client";
import { isLoopback } from "../shared/origin.ts";
import type { Provider } from "./providers.ts";

/** The secrets of a sign-in, kept on the server until it ends. */
export interface Checks {
  redirectUri: string;
  state: string;
  nonce: string;
  codeVerifier: string;
}

let discovered: Promise<client.Configuration> | undefined;

/** Loads the provider's metadata at the first sign-in, and again after a failure. */
function configurationOf({ issuer, clientId, clientSecret }: Provider): Promise<client.Configuration> {
  const url = new URL(issuer);
  const execute = url.protocol === "http:" && isLoopback(url) ? [client.allowInsecureRequests] : [];
  discovered ??= client.discovery(url, clientId, clientSecret, undefined, { execute }).catch((error) => {
    discovered = undefined;
    throw error;
  });
  return discovered;
}

/** Returns the URL of the provider, and the checks for the return. */
export async function begin(provider: Provider, redirectUri: string): Promise<{ url: URL; checks: Checks }> {
  const configuration = await configurationOf(provider);
  const [state, nonce, codeVerifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()];
  const url = client.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope: "openid email",
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: "S256",
  });
  return { url, checks: { redirectUri, state, nonce, codeVerifier } };
}

/** Verifies the return, and returns the identity. */
export async function finish(provider: Provider, search: string, checks: Checks): Promise<IdentityInput> {
  const { redirectUri, state: expectedState, nonce: expectedNonce, codeVerifier: pkceCodeVerifier } = checks;
  const configuration = await configurationOf(provider);
  const tokens = await client.authorizationCodeGrant(configuration, new URL(search, redirectUri), {
    expectedState,
    expectedNonce,
    pkceCodeVerifier,
  });
  const subject = tokens.claims()?.sub;
  if (subject === undefined) throw new Error("The provider sent no ID token");
  const { email, email_verified } = await client.fetchUserInfo(configuration, tokens.access_token, subject);
  // only `true` counts: some providers omit it, or send "true" for unverified emails
  const emailVerified = email_verified === true;
  return { provider: provider.name, subject, ...(typeof email === "string" ? { email, emailVerified } : {}) };
}

/** Whether the person cancelled, as opposed to an error. */
export function isCancelled(error: unknown): boolean {
  return error instanceof client.AuthorizationResponseError && error.error === "access_denied";
}
