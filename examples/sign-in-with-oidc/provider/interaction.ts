/** What the local provider asks its people: who they are, and whether the application may know. Both in one page. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { InteractionResults, Provider } from "oidc-provider";
import { send, whoPage } from "./pages.ts";
import { personOf } from "./people.ts";

/** The path of an interaction; `oidc-provider` sends browsers there. */
export const INTERACTION = "/interaction/";

export async function interaction(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // finds it by a cookie, so that nobody answers for somebody else's browser
  const { params } = await provider.interactionDetails(request, response);
  const client = await provider.Client.find(`${params.client_id}`);
  if (!client) throw new Error("The application of this interaction is not known");
  if (request.method !== "POST") {
    const origins = (client.redirectUris ?? []).map((uri) => new URL(uri).origin);
    return send(response, 200, whoPage(client.clientName ?? client.clientId), origins);
  }
  const person = personOf(new URLSearchParams(await text(request)).get("person"));
  const cancelled = { error: "access_denied", error_description: "cancelled by the person who was asked" };
  const result: InteractionResults = person ? await granted(provider, person.id, client.clientId) : cancelled;
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

async function granted(provider: Provider, accountId: string, clientId: string): Promise<InteractionResults> {
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope("openid email");
  return { login: { accountId }, consent: { grantId: await grant.save() } };
}
