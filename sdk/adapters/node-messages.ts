/** Node's two messages of a request: what is read of the one, and what is written to the other. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { NodeRequest } from "srvx/node";
import type { ApiMessage, ApiResponse } from "../contract/http.ts";
import type { Visitor } from "../contract/requests.ts";
import type { HeaderReader, HeaderWriter } from "../contract/visitor.ts";
import { UNKNOWN_ADDRESS } from "../http/client-address.ts";
import { reenter } from "../http/current-request.ts";
import { UNKNOWN_HOST } from "../http/request-head.ts";

const messages = new WeakMap<IncomingMessage, NodeMessage>();

/** The messages as one of the API. Later calls return the same one, because the visitor of a request is found by it. */
export function messageOf(req: IncomingMessage, res: ServerResponse): NodeMessage {
  const known = messages.get(req);
  if (known) return known;
  const message = new NodeMessage(req, res);
  messages.set(req, message);
  return message;
}

/** Reads the request as it is, because a `Request` made of it costs twice what a sign-in costs. */
class NodeMessage implements ApiMessage, HeaderReader {
  readonly method: string;
  readonly url: string;
  readonly address: string;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  #request: Request | undefined;

  constructor(req: IncomingMessage, res: ServerResponse) {
    this.#req = req;
    this.#res = res;
    this.method = req.method ?? "GET";
    // middleware may change it later
    const { url = "/" } = req;
    this.url = url.startsWith("/") ? `${originOf(req)}${url}` : url;
    // read at once, because a connection that is reset loses it
    this.address = req.socket?.remoteAddress ?? UNKNOWN_ADDRESS;
  }

  get headers(): HeaderReader {
    return this;
  }

  get(name: string): string | undefined {
    return this.#req.headers[name] as string | undefined;
  }

  get request(): Request {
    this.#request ??= new NodeRequest({ req: this.#req, res: this.#res });
    return this.#request;
  }

  async readBody(maximum: number): Promise<Uint8Array | null> {
    const req = this.#req;
    if (req.readableDidRead || req.readableEnded) throw new Error("the body was read already");
    if (Number(req.headers["content-length"]) > maximum) {
      // the connection serves another request only after this one was read to its end
      req.resume();
      return null;
    }
    const pieces = await readPieces(req, maximum);
    return pieces && (pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces));
  }
}

function originOf({ headers, socket }: IncomingMessage): string {
  const scheme = (socket as { encrypted?: boolean } | undefined)?.encrypted ? "https" : "http";
  return `${scheme}://${headers.host ?? (headers[":authority"] as string | undefined) ?? UNKNOWN_HOST}`;
}

/** Returns `null` at once when they are too many, and drops the rest. */
function readPieces(req: IncomingMessage, maximum: number): Promise<Buffer[] | null> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    req.on("data", (piece: Buffer) => {
      size += piece.byteLength;
      if (size <= maximum) return void pieces.push(piece);
      pieces.length = 0;
      resolve(null);
    });
    req.on("end", () => resolve(pieces));
    req.on("error", reject);
    // an aborted request has no end, and on some versions no error
    req.on("close", () => reject(new Error("the body did not arrive")));
  });
}

/** Sends a response of the API. */
export function send(res: ServerResponse, { status, headers, body }: ApiResponse): void {
  // with the length, because otherwise the body is sent in chunks
  if (body !== null) headers["content-length"] = String(Buffer.byteLength(body));
  res.writeHead(status, headers);
  res.end(body ?? undefined);
}

/**
 * Lets listeners of the messages run as part of the request, although the socket emits their events, and adds the
 * headers of the visitor when the head of the response is written.
 */
export function attach(req: IncomingMessage, res: ServerResponse, visitor: Visitor): void {
  for (const emitter of [req, res] as { emit(...args: unknown[]): boolean }[]) {
    const emit = emitter.emit;
    emitter.emit = (...args) => reenter(visitor, () => emit.apply(emitter, args));
  }
  const writeHead = res.writeHead as (status: number, message?: string) => ServerResponse;
  res.writeHead = ((...args: unknown[]) => {
    setHeaders(res, args);
    visitor.applyTo(writerOf(res));
    // without the headers, which are all set by now: as an array they would erase those set before
    const [status, message] = args as [number, unknown];
    return writeHead.call(res, status, ...(typeof message === "string" ? [message] : []));
  }) as typeof res.writeHead;
}

function writerOf(res: ServerResponse): HeaderWriter {
  return {
    get: (name) => {
      const value = res.getHeader(name);
      return value === undefined ? null : [value].flat().join(", ");
    },
    set: (name, value) => void res.setHeader(name, value),
    append: (name, value) => void res.setHeader(name, [...[res.getHeader(name) ?? []].flat().map(String), value]),
    delete: (name) => res.removeHeader(name),
    getSetCookie: () => [res.getHeader("set-cookie") ?? []].flat().map(String),
  };
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
