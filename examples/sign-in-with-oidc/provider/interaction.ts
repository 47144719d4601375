/** The local provider's sign-in and consent, in one page. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { InteractionResults, Provider } from "oidc-provider";
import { interactionPage, send } from "./pages.ts";
import { personOf } from "./people.ts";

/** The path of an interaction; `oidc-provider` sends browsers there. */
export const INTERACTION = "/interaction/";

export async function interaction(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // by a cookie, so only the browser that started an interaction can finish it
  const { params } = await provider.interactionDetails(request, response);
  const client = await provider.Client.find(`${params.client_id}`);
  if (!client) throw new Error("The client of this interaction is unknown");
  if (request.method !== "POST") {
    const origins = (client.redirectUris ?? []).map((uri) => new URL(uri).origin);
    return send(response, 200, interactionPage(client.clientName ?? client.clientId), origins);
  }
  const person = personOf(new URLSearchParams(await text(request)).get("person"));
  const cancelled = { error: "access_denied", error_description: "cancelled by the user" };
  const result: InteractionResults = person ? await granted(provider, person.id, client.clientId) : cancelled;
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

async function granted(provider: Provider, accountId: string, clientId: string): Promise<InteractionResults> {
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope("openid email");
  return { login: { accountId }, consent: { grantId: await grant.save() } };
}
