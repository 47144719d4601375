/**
 * A plugin for Fastify.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AnonRequests } from "../contract/calls/requests.ts";
import type { Collections } from "../contract/options.ts";
import type { GuardOptions } from "../contract/requests.ts";
import { runInRequest } from "../http/current-request.ts";
import { toResponse } from "../http/fetch-message.ts";
import { createGuard } from "../http/guard.ts";
import { NodeMessage, send, visitorOf } from "./node-messages.ts";

/** The part of Fastify that is used. */
interface Fastify {
  addHook(name: "onRequest", hook: (request: { raw: IncomingMessage }, reply: Reply, done: Done) => void): unknown;
}

type Reply = { raw: ServerResponse; hijack(): unknown; send(response: Response): unknown };
type Done = (error?: Error) => void;

/**
 * Serves the HTTP API, and lets `anon-accounts/context` work in every route: `await app.register(anonymous(anon))`.
 *
 * @example
 * ```ts
 * import Fastify from "fastify";
 * import { createAnon } from "anon-accounts";
 * import { signInAnonymously } from "anon-accounts/context";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous } from "anon-accounts/fastify";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const app = Fastify();
 * await app.register(anonymous(anon));
 * app.post("/cart", async () => signInAnonymously());
 * console.assert((await app.inject({ method: "POST", url: "/cart" })).headers["set-cookie"] !== undefined);
 * ```
 */
export function anonymous(anon: AnonRequests): (app: Fastify) => Promise<void> {
  const plugin = async (app: Fastify): Promise<void> => {
    app.addHook("onRequest", (request, reply, done) => {
      const message = new NodeMessage(request.raw, reply.raw);
      if (anon.isApiRequest(message)) {
        reply.hijack();
        // the connection was closed
        return void anon
          .handleApi(message)
          .then((response) => send(reply.raw, response))
          .catch(() => reply.raw.destroy());
      }
      return void runInRequest(visitorOf(anon, message), () => done());
    });
  };
  // makes the hook apply to the whole application, and not only to what the plugin registers
  return Object.assign(plugin, { [Symbol.for("skip-override")]: true });
}

/**
 * A hook, such as a route's `preHandler`, that lets registered accounts through, and guests if the options say so.
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
export function guard<Capability extends string = string>(
  anon: AnonRequests<Collections, Capability>,
  options?: GuardOptions<NoInfer<Capability>>,
): (request: { raw: IncomingMessage }, reply: Reply) => Promise<unknown> {
  const refuse = createGuard(options);
  return async (request, reply) => {
    const refusal = await refuse(visitorOf(anon, new NodeMessage(request.raw, reply.raw)));
    return refusal ? reply.send(toResponse(refusal)) : undefined;
  };
}
