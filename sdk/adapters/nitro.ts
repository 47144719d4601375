/**
 * Middleware for Nitro 3, whose routes are those of h3, and a plugin for Nitro 2, which Nuxt 4 has.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AnonRequests } from "../contract/calls/requests.ts";
import type { Visitor } from "../contract/requests.ts";
import { AnonError } from "../errors.ts";
import { currentRequest, runInRequest } from "../http/current-request.ts";
import { toPageError } from "../http/page-error.ts";
import { NodeMessage, send, visitorOf } from "./node-messages.ts";

export { anonymous, guard } from "./h3.ts";

/** The part of an event of Nitro 2 that is used. */
interface Event {
  node: { req: IncomingMessage; res: ServerResponse };
  /** Nitro sets `cache` when it calls a handler whose response it caches. */
  context: { cache?: unknown };
}

/** The part of Nitro 2 that is used. */
interface Nitro {
  // biome-ignore lint/suspicious/noExplicitAny: Nitro's own event has more
  h3App: { handler: (event: any) => any };
  // biome-ignore lint/suspicious/noExplicitAny: Nitro's hooks are typed by their names
  hooks: { hook(name: "error", handler: (error: any, context: any) => void): unknown };
}

/**
 * A plugin for Nitro 2 and Nuxt 4, on Node: serves the HTTP API, and lets `anon-accounts/context` work in routes, in
 * middleware and in what the server renders. Where Nitro caches the response, the visitor's calls throw `outside_request`.
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 * import { plugin } from "anon-accounts/nitro";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * // export default defineNitroPlugin(plugin(anon))
 * export default plugin(anon);
 * ```
 */
export function plugin(anon: AnonRequests): (nitro: Nitro) => void {
  const outermost = new WeakMap<Visitor, Event>();
  return ({ h3App, hooks }) => {
    const handle = h3App.handler;
    h3App.handler = async (event: Event) => {
      const { req, res } = event.node;
      const message = new NodeMessage(req, res);
      const outer = currentRequest();
      const from = outer && outermost.get(outer);
      // a page that calls a route of its own server: the cookie that the route sets is the page's
      if (from && !isCached(from) && isFor(from.node.req, req)) return handle(event);
      if (anon.isApiRequest(message)) return send(res, await anon.handleApi(message));
      const visitor = visitorOf(anon, Object.assign(message, { onCall: refuseIfCached(event) }));
      outermost.set(visitor, event);
      return runInRequest(visitor, () => handle(event));
    };
    // called before the response of an error is made
    hooks.hook("error", (error: H3Error, { event }: { event?: Event }) => showRefusal(error, event));
  };
}

function isCached({ context }: Event): boolean {
  return context.cache !== undefined;
}

/** All visitors would get what the handler makes of the first one. */
function refuseIfCached(event: Event): (name: string) => void {
  return (name) => {
    if (!isCached(event)) return;
    const reason = "Nitro caches this response for all visitors";
    throw new AnonError("outside_request", `Cannot call ${name}() here: ${reason}, call it in another route`);
  };
}

/** Whether a request that the server makes of itself is the same visitor's: it has the same credentials. A cached handler has none. */
function isFor({ headers: outer }: IncomingMessage, { headers }: IncomingMessage): boolean {
  return (["authorization", "cookie"] as const).every((name) => headers[name] === outer[name]);
}

/** What h3 makes of an error that a route throws, which becomes its cause. */
interface H3Error extends Error {
  statusCode?: number;
  unhandled?: boolean;
  data?: unknown;
}

/** Nitro hides the message of an error that is not h3's, and prints it as a failure. */
function showRefusal(error: H3Error, event: Event | undefined): void {
  const shown = toPageError(error.cause ?? error);
  if (!shown || shown.status >= 500) return;
  const { status, message, code, headers } = shown;
  Object.assign(error, { unhandled: false, statusCode: status, message, data: { code } });
  if (event && !event.node.res.headersSent) {
    for (const [name, value] of Object.entries(headers)) event.node.res.setHeader(name, value);
  }
}
