/** Guards for Fastify. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AnonRequests } from "../../contract/calls/requests.ts";
import type { GuardOptions } from "../../contract/requests.ts";
import { createGuard } from "../../http/guard.ts";
import { requestOf } from "../node-requests.ts";

/** What is used of Fastify's reply. */
interface Reply {
  raw: ServerResponse;
  send(response: Response): unknown;
}

/**
 * A hook, such as a route's `preHandler`, that lets only registered accounts through, and guests where it says so.
 *
 * @throws {AnonError} `invalid_options`
 *
 * @example
 * ```ts
 * import Fastify from "fastify";
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous, guard } from "anon-accounts/fastify";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const app = Fastify();
 * await app.register(anonymous(anon));
 * app.get("/orders", { preHandler: guard(anon) }, async () => "orders");
 * console.assert((await app.inject("/orders")).statusCode === 401);
 * ```
 */
export function guard(
  anon: AnonRequests,
  options?: GuardOptions,
): (request: { raw: IncomingMessage }, reply: Reply) => Promise<unknown> {
  const refuse = createGuard(anon, options);
  return async (request, reply) => {
    const refusal = await refuse(requestOf(request.raw, reply.raw));
    return refusal ? reply.send(refusal) : undefined;
  };
}
