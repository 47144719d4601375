/** Asking a provider who somebody is: the authorization code flow of OpenID Connect, with PKCE, state and nonce. */
import type { IdentityInput } from "anon-accounts/types";
import * as client from "openid-client";
import { isLoopback } from "../shared/origin.ts";
import type { Provider } from "./providers.ts";

/** What is remembered of a sign-in from its beginning to its end, and told to nobody. */
export interface Checks {
  redirectUri: string;
  state: string;
  nonce: string;
  codeVerifier: string;
}

let discovered: Promise<client.Configuration> | undefined;

/** Asked when somebody signs in for the first time; a provider that was away is asked again. */
function configurationOf({ issuer, clientId, clientSecret }: Provider): Promise<client.Configuration> {
  const url = new URL(issuer);
  const execute = url.protocol === "http:" && isLoopback(url) ? [client.allowInsecureRequests] : [];
  discovered ??= client.discovery(url, clientId, clientSecret, undefined, { execute }).catch((error) => {
    discovered = undefined;
    throw error;
  });
  return discovered;
}

/** Where the browser goes to be asked, and what has to be remembered until it comes back. */
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

/** Who it is that came back, once all that proves it has been verified. */
export async function finish(provider: Provider, search: string, checks: Checks): Promise<IdentityInput> {
  const { redirectUri, state: expectedState, nonce: expectedNonce, codeVerifier: pkceCodeVerifier } = checks;
  const configuration = await configurationOf(provider);
  const tokens = await client.authorizationCodeGrant(configuration, new URL(search, redirectUri), {
    expectedState,
    expectedNonce,
    pkceCodeVerifier,
  });
  const subject = tokens.claims()?.sub;
  if (subject === undefined) throw new Error("The provider answered without an ID token");
  const { email, email_verified } = await client.fetchUserInfo(configuration, tokens.access_token, subject);
  // `true` and nothing else: some providers leave it out, or say "true" of what they have been told
  const emailVerified = email_verified === true;
  return { provider: provider.name, subject, ...(typeof email === "string" ? { email, emailVerified } : {}) };
}

/** Whether the person said no, rather than something going wrong. */
export function isCancelled(error: unknown): boolean {
  return error instanceof client.AuthorizationResponseError && error.error === "access_denied";
}
