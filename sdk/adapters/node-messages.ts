/** Node's two messages of a request: as one `Request`, and with the context of that request. */
import type { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { NodeRequest } from "srvx/node";
import type { RequestContext } from "../contract/requests.ts";
import { reenter } from "../http/current-request.ts";
import { CACHING_HEADERS } from "../http/response-headers.ts";

const requests = new WeakMap<IncomingMessage, Request>();

/** The messages as a `Request`. Later calls return the same one, because the context of a request is found by it. */
export function requestOf(req: IncomingMessage, res: ServerResponse): Request {
  const known = requests.get(req);
  if (known) return known;
  const request = new NodeRequest({ req, res });
  requests.set(req, request);
  return request;
}

/**
 * Lets listeners of the messages run as part of the request, although the socket emits their events, and adds the
 * headers of the context when the head of the response is written.
 */
export function attach(req: IncomingMessage, res: ServerResponse, context: RequestContext): void {
  for (const emitter of [req, res] as EventEmitter[]) {
    const emit = emitter.emit;
    emitter.emit = (...args) => reenter(context, () => emit.apply(emitter, args));
  }
  const writeHead = res.writeHead as (status: number, message?: string) => ServerResponse;
  res.writeHead = ((...args: unknown[]) => {
    setHeaders(res, args);
    const present = new Headers();
    for (const name of ["set-cookie", ...CACHING_HEADERS])
      for (const value of [res.getHeader(name) ?? []].flat()) present.append(name, String(value));
    const { headers } = context.respond(new Response(null, { headers: present }));
    const cookies = [...new Set(headers.getSetCookie())];
    if (cookies.length > 0) res.setHeader("set-cookie", cookies);
    for (const name of CACHING_HEADERS) {
      const value = headers.get(name);
      if (value !== null) res.setHeader(name, value);
      else res.removeHeader(name);
    }
    // without the headers, which are all set by now: as an array they would erase those set before
    const [status, message] = args as [number, unknown];
    return writeHead.call(res, status, ...(typeof message === "string" ? [message] : []));
  }) as typeof res.writeHead;
}

/** Sets the headers passed to `writeHead`: an object, a flat array of names and values, or an array of pairs. */
function setHeaders(res: ServerResponse, args: unknown[]): void {
  const given = args.slice(1).find((arg) => typeof arg === "object" && arg !== null);
  if (given === undefined) return;
  if (!Array.isArray(given)) {
    for (const [name, value] of Object.entries(given)) if (value !== undefined) res.setHeader(name, value);
    return;
  }
  const flat: unknown[] = Array.isArray(given[0]) ? given.flat() : given;
  const byName = new Map<string, string[]>();
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const name = String(flat[at]).toLowerCase();
    byName.set(name, [...(byName.get(name) ?? []), String(flat[at + 1])]);
  }
  for (const [name, values] of byName) res.setHeader(name, values.length === 1 ? (values[0] as string) : values);
}
