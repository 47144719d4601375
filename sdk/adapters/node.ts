/**
 * Middleware for Node's http server, Express and Connect.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AnonRequests } from "../contract/calls/requests.ts";
import type { Collections } from "../contract/options.ts";
import type { GuardOptions, Visitor } from "../contract/requests.ts";
import { runInRequest } from "../http/current-request.ts";
import { createGuard } from "../http/guard.ts";
import { NodeMessage, send, visitorOf } from "./node-messages.ts";

type Next = (error?: Error) => void;

/**
 * Serves the HTTP API, and lets `anon-accounts/context` work in all that comes after it. It goes before middleware that
 * reads bodies. The cookie is set when the head of the response is written: sign in before that.
 *
 * @example
 * ```ts
 * import express from "express";
 * import { createAnon } from "anon-accounts";
 * import { signInAnonymously } from "anon-accounts/context";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous } from "anon-accounts/node";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const app = express();
 * app.use(anonymous(anon));
 * app.post("/cart", async (_request, response) => response.json(await signInAnonymously()));
 * ```
 */
export function anonymous(
  anon: AnonRequests,
): (req: IncomingMessage, res: ServerResponse, next: Next) => Promise<void> {
  return async (req, res, next) => {
    let visitor: Visitor;
    try {
      const message = new NodeMessage(req, res);
      if (anon.isApiRequest(message)) return send(res, await anon.handleApi(message));
      visitor = visitorOf(anon, message);
    } catch (error) {
      return next(error as Error);
    }
    // later middleware is not awaited, because it reports its own errors
    return runInRequest(visitor, () => void next());
  };
}

/**
 * Middleware that lets registered accounts through, and guests if the options say so. It goes after `anonymous(anon)`.
 *
 * @throws {AnonError} `invalid_options`
 *
 * @example
 * ```ts
 * import express from "express";
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous, guard } from "anon-accounts/node";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const app = express();
 * app.use(anonymous(anon));
 * app.get("/orders", guard(anon), (_request, response) => response.send("orders"));
 * ```
 */
export function guard<Capability extends string = string>(
  anon: AnonRequests<Collections, Capability>,
  options?: GuardOptions<NoInfer<Capability>>,
): (req: IncomingMessage, res: ServerResponse, next: Next) => void {
  const refuse = createGuard(options);
  const check = async (req: IncomingMessage, res: ServerResponse, next: Next): Promise<void> => {
    try {
      const refusal = await refuse(visitorOf(anon, new NodeMessage(req, res)));
      if (refusal) return send(res, refusal);
    } catch (error) {
      return next(error as Error);
    }
    next();
  };
  // returns no promise: h3 version 1 continues with the route when one resolves, whatever `next` was called with
  return (req, res, next) => void check(req, res, next);
}
