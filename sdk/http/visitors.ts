/** The visitors of one `createAnon`: one for each request. */
import type { Platform } from "../contract/http.ts";
import type { RequestContext, Visitor } from "../contract/requests.ts";
import type { VisitorSource } from "../contract/visitor.ts";
import { AnonError } from "../errors.ts";
import { clientOf, peerAddress } from "./client-address.ts";
import { requireCurrentRequest } from "./current-request.ts";
import type { HttpEngine } from "./http-engine.ts";
import { BoundActions, RequestActions } from "./request-context.ts";
import { headOf, headOfSource } from "./request-head.ts";

export interface Visitors {
  /** The same context for each call with one request, so that an adapter and the application share it. */
  ofRequest(request: Request, platform?: Platform): RequestContext;
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
  const contexts = new WeakMap<Request, RequestContext>();
  const includes = (visitor: Visitor): boolean => BoundActions.isOf(visitor, http.engine);
  return {
    includes,
    ofRequest(request, platform = {}) {
      const known = contexts.get(request);
      if (known) return known;
      // read at once, because a connection that is reset loses its address
      const client = clientOf(http, request, { request }, peerAddress(request, platform));
      const context = new BoundActions(new RequestActions(http, headOf(request), client, true), { request });
      contexts.set(request, context);
      return context;
    },
    ofSource(source) {
      const client = clientOf(http, source, source, source.address);
      return new BoundActions(new RequestActions(http, headOfSource(source), client, true), source);
    },
    current(name) {
      const context = requireCurrentRequest(name);
      if (includes(context)) return context;
      throw new AnonError("outside_request", `Cannot call ${name}() here: this is a request of another createAnon()`);
    },
  };
}
