/** Node's two messages as one request. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { NodeRequest } from "srvx/node";

const requests = new WeakMap<IncomingMessage, Request>();

/** The messages as a `Request`, the same one however often: that is what the visitor of a request is known by. */
export function requestOf(req: IncomingMessage, res: ServerResponse): Request {
  const known = requests.get(req);
  if (known) return known;
  const request = new NodeRequest({ req, res });
  requests.set(req, request);
  return request;
}
