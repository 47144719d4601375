/** A Worker that issues tokens for other services, with its keys in an environment variable. */
import { createAnon } from "../../sdk/index.ts";
import memory from "../../storage-drivers/memory.ts";

function open(keys: string) {
  const secret = "a secret of at least 32 characters!";
  return createAnon({ storage: memory(), secret, serviceTokens: { issuer: "https://shop.example", keys } });
}

let anon: ReturnType<typeof open> | undefined;

export default {
  async fetch(request: Request, env: { SERVICE_KEYS: string }): Promise<Response> {
    anon ??= open(env.SERVICE_KEYS);
    if (anon.isApiRequest(request)) return anon.handler(request);
    const context = await anon.context(request);
    const { record } = await context.signInAnonymously();
    const guest = await context.issueServiceToken({ audience: "orders" });
    await context.convertWithIdentity({ provider: "oidc", subject: record.id });
    const registered = await context.issueServiceToken({ audience: "orders" });
    return context.respond(Response.json({ id: record.id, guest: guest.token, registered: registered.token }));
  },
};
