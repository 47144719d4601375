/** The visitors of one `createAnon`: one for each request. */
import type { Platform } from "../contract/http.ts";
import type { RequestContext, Visitor } from "../contract/requests.ts";
import type { VisitorSource } from "../contract/visitor.ts";
import { AnonError } from "../errors.ts";
import { clientOf, peerAddress } from "./client-address.ts";
import { requireCurrentRequest } from "./current-request.ts";
import type { HttpEngine } from "./http-engine.ts";
import { contextOf, RequestActions } from "./request-context.ts";
import { headOf, headOfSource } from "./request-head.ts";

export interface Visitors {
  /** The same context for each call with one request, so that an adapter and the application share it. */
  ofRequest(request: Request, platform?: Platform): RequestContext;
  /** The same visitor for each call with one source. */
  ofSource(source: VisitorSource): Visitor;
  /**
   * The visitor of the request that the caller runs in.
   *
   * @param name The caller's name, for the message
   * @throws {AnonError} `outside_request`
   */
  current(name: string): Visitor;
  /** Whether it is one of these, and not another `createAnon`'s. */
  includes(visitor: Visitor): boolean;
}

export function createVisitors(http: HttpEngine): Visitors {
  /** By request or source. */
  const contexts = new WeakMap<object, RequestContext>();
  const own = new WeakSet<Visitor>();
  const remember = (key: object, context: RequestContext): RequestContext => {
    contexts.set(key, context);
    own.add(context);
    return context;
  };
  return {
    ofRequest(request, platform = {}) {
      const known = contexts.get(request);
      if (known) return known;
      // read at once, because a connection that is reset loses its address
      const client = clientOf(http, request, { request }, peerAddress(request, platform));
      const actions = new RequestActions(http, headOf(request), client, true);
      return remember(
        request,
        contextOf(actions, () => request),
      );
    },
    ofSource(source) {
      const known = contexts.get(source);
      if (known) return known;
      const client = clientOf(http, source, source, source.address);
      const actions = new RequestActions(http, headOfSource(source), client, true);
      const context = contextOf(actions, () => {
        const { request } = source;
        if (request) contexts.set(request, context);
        return request;
      });
      return remember(source, context);
    },
    current(name) {
      const context = requireCurrentRequest(name);
      if (own.has(context)) return context;
      throw new AnonError("outside_request", `Cannot call ${name}() here: this is a request of another createAnon()`);
    },
    includes: (visitor) => own.has(visitor),
  };
}
