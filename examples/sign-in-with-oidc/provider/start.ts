/** A local OpenID Connect provider, so that the example needs no other: `oidc-provider`, which is certified. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import Provider, { type Configuration } from "oidc-provider";
import { INTERACTION, interaction } from "./interaction.ts";
import { problemPage, send } from "./pages.ts";
import { personOf } from "./people.ts";

export interface LocalProvider {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Registers the application's redirect URIs; until then all requests get 503. */
  register(redirectUris: string[]): void;
  stop(): void;
}

const newSecret = (): string => randomBytes(32).toString("base64url");

/** Starts the provider on 127.0.0.1, with new keys and a new secret each time. */
export async function startProvider(): Promise<LocalProvider> {
  const client = { clientId: "reading-list", clientSecret: newSecret() };
  let provider: Provider | undefined;
  const server = createServer((request, response) => {
    if (provider) handle(provider, request, response).catch((error) => fail(response, error));
    else response.writeHead(503).end();
  });
  server.listen(Number(process.env.PROVIDER_PORT || 3001), "127.0.0.1");
  await once(server, "listening");
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
  };
  // the example ends when both of its servers have stopped
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    ...client,
    stop,
    register(redirectUris) {
      provider = new Provider(issuer, configuration(client, redirectUris));
    },
  };
}

async function handle(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url?.startsWith(INTERACTION)) await interaction(provider, request, response);
  else await provider.callback()(request, response);
}

async function fail(response: ServerResponse, error: unknown): Promise<void> {
  const { name, statusCode = 500 } = error as Error & { statusCode?: number };
  // expected for interactions that have expired, or that were finished in another tab
  if (name !== "SessionNotFound") console.error(error);
  await send(response, statusCode, problemPage("That did not work"), []);
}

function configuration(
  { clientId, clientSecret }: Pick<LocalProvider, "clientId" | "clientSecret">,
  redirectUris: string[],
): Configuration {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        client_name: "Dog-ear",
        redirect_uris: redirectUris,
        // asks each time, so that you can try several people in one browser
        default_max_age: 0,
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    scopes: ["openid"],
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
    interactions: { url: (_, { uid }) => `${INTERACTION}${uid}` },
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256" }] },
    // sessions last only as long as a sign-in
    ttl: { Interaction: 600, Session: 600, Grant: 600, AuthorizationCode: 60, AccessToken: 60, IdToken: 60 },
    cookies: { keys: [newSecret()] },
    findAccount: (_, id) => {
      const person = personOf(id);
      return (
        person && { accountId: id, claims: () => ({ sub: id, email: person.email, email_verified: person.verified }) }
      );
    },
    renderError: async (ctx, { error }) => {
      ctx.type = "html";
      ctx.body = `${await problemPage(`That did not work: ${error}`)}`;
    },
  };
}
