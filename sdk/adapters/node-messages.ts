/** Node's two messages of a request: what is read of the one, and what is written to the other. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { NodeRequest } from "srvx/node";
import type { AnonRequests } from "../contract/calls/requests.ts";
import type { ApiMessage, ApiResponse } from "../contract/http.ts";
import type { Visitor } from "../contract/requests.ts";
import type { HeaderReader, HeaderWriter } from "../contract/visitor.ts";
import { UNKNOWN_ADDRESS } from "../http/client-address.ts";
import { reenter } from "../http/current-request.ts";
import { HeaderFields } from "../http/header-fields.ts";
import { UNKNOWN_HOST } from "../http/request-head.ts";

/** Reads the request as it is, because a `Request` made of it costs twice what a sign-in costs. */
export class NodeMessage implements ApiMessage, HeaderReader {
  readonly method: string;
  readonly url: string;
  readonly address: string;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  #request: Request | undefined;

  constructor(req: IncomingMessage, res: ServerResponse) {
    this.req = req;
    this.res = res;
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
    return this.req.headers[name] as string | undefined;
  }

  get request(): Request {
    this.#request ??= new NodeRequest({ req: this.req, res: this.res });
    return this.#request;
  }

  readBody(maximum: number): Promise<Uint8Array | null> {
    const req = this.req;
    if (req.readableDidRead || req.readableEnded || req.destroyed)
      return Promise.reject(new Error("the body was read already, or did not arrive"));
    if (Number(req.headers["content-length"]) > maximum) {
      // the connection serves another request only after this one was read to its end
      req.resume();
      return Promise.resolve(null);
    }
    return readBytes(req, maximum);
  }
}

function originOf({ headers, socket }: IncomingMessage): string {
  const scheme = (socket as { encrypted?: boolean } | undefined)?.encrypted ? "https" : "http";
  return `${scheme}://${headers.host ?? (headers[":authority"] as string | undefined) ?? UNKNOWN_HOST}`;
}

/** Returns `null` at once when they are too many, and drops the rest. */
function readBytes(req: IncomingMessage, maximum: number): Promise<Uint8Array | null> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    req.on("data", (piece: Buffer) => {
      size += piece.byteLength;
      if (size <= maximum) return void pieces.push(piece);
      pieces.length = 0;
      resolve(null);
    });
    req.on("end", () => resolve(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)));
    req.on("error", reject);
    // an aborted request has no end, and on some versions no error. An error made for each request would cost too much
    req.on("close", () => req.readableEnded || reject(new Error("the body did not arrive")));
  });
}

/** Sends a response of the API. */
export function send(res: ServerResponse, { status, headers, body }: ApiResponse): void {
  // in two steps, because a platform's or middleware's own writeHead may return nothing
  if (body === null) {
    res.writeHead(status, headers);
    return void res.end();
  }
  // with the length, because otherwise the body is sent in chunks
  const length = Buffer.byteLength(body);
  headers["content-length"] = String(length);
  // what has one byte for each character is ASCII, which Node writes faster as Latin-1
  res.writeHead(status, headers);
  res.end(body, length === body.length ? "latin1" : "utf8");
}

/**
 * The visitor of a request, the same one for each call. Listeners of both messages then run as part of the request,
 * although the socket emits their events, and the headers of the visitor are added when the head of the response is
 * written.
 */
export function visitorOf(anon: AnonRequests, message: NodeMessage): Visitor {
  const req = message.req as unknown as Entered;
  const known = req[VISITS]?.find((visit) => visit.anon === anon);
  if (known) return known.visitor;
  const visit = { anon, visitor: anon.visitor(message) };
  // the messages of a server with two of them have been entered before
  if (req[VISITS]) req[VISITS].push(visit);
  else enter(req, message.res as unknown as Entered, [visit]);
  return visit.visitor;
}

const VISITS = Symbol("visits");
const FINISH = Symbol("finish");
const EMIT = Symbol("emit");
const WRITE_HEAD = Symbol("writeHead");

/** Of one `createAnon`. */
interface Visit {
  anon: AnonRequests;
  visitor: Visitor;
}

/** A message with the methods that it had before. */
interface Entered {
  readonly httpVersionMajor?: number;
  emit(...args: unknown[]): boolean;
  listenerCount(name: unknown): number;
  writeHead(...args: unknown[]): ServerResponse;
  [VISITS]: Visit[];
  /** How many listeners of `finish` are Node's own. */
  [FINISH]: number;
  [EMIT]: Entered["emit"];
  [WRITE_HEAD]: Entered["writeHead"];
}

/** The new methods are the same functions for all messages, because functions made for each request would be garbage. */
function enter(req: Entered, res: Entered, visits: Visit[]): void {
  listenInRequest(req, visits, 0);
  // of HTTP/2 it has none of Node's own; a second one is the application's
  listenInRequest(res, visits, req.httpVersionMajor === 1 && res.listenerCount("finish") === 1 ? 1 : 0);
  res[WRITE_HEAD] = res.writeHead;
  res.writeHead = writeHeadOfVisitors;
}

function listenInRequest(message: Entered, visits: Visit[], ownFinish: number): void {
  message[VISITS] = visits;
  message[FINISH] = ownFinish;
  message[EMIT] = message.emit;
  message.emit = emitInRequest;
}

function emitInRequest(this: Entered, ...args: unknown[]): boolean {
  // most events of a request have no listener of the application
  if (this.listenerCount(args[0]) <= (args[0] === "finish" ? this[FINISH] : 0)) return this[EMIT](...args);
  const { visitor } = this[VISITS].at(-1) as Visit;
  return reenter(visitor, () => this[EMIT](...args));
}

function writeHeadOfVisitors(this: Entered, ...args: unknown[]): ServerResponse {
  const res = this as unknown as ServerResponse;
  const [status, second, third] = args;
  const given = third ?? second;
  // the usual case: all headers come in one object, and Node writes it without setting each first. Middleware with a
  // writeHead of its own may set more there, which the object would replace.
  const isPlain = this[WRITE_HEAD] === Object.getPrototypeOf(res).writeHead && res.getHeaderNames().length === 0;
  const fields = isPlain && isFields(given) ? new HeaderFields(given) : null;
  if (!fields) setHeaders(res, given);
  const headers = fields ?? new ResponseHeaders(res);
  for (const { visitor } of this[VISITS]) visitor.applyTo(headers);
  // if they are all set by now, they are not passed: as an array they would erase those set before
  return typeof second === "string"
    ? this[WRITE_HEAD](status, second, fields?.fields)
    : this[WRITE_HEAD](status, fields?.fields);
}

class ResponseHeaders implements HeaderWriter {
  readonly #res: ServerResponse;

  constructor(res: ServerResponse) {
    this.#res = res;
  }

  get(name: string): string | null {
    const value = this.#res.getHeader(name);
    return value === undefined ? null : [value].flat().join(", ");
  }

  set(name: string, value: string): void {
    this.#res.setHeader(name, value);
  }

  append(name: string, value: string): void {
    const present = this.#res.getHeader(name);
    this.#res.setHeader(name, present === undefined ? value : [...[present].flat().map(String), value]);
  }

  delete(name: string): void {
    this.#res.removeHeader(name);
  }

  getSetCookie(): string[] {
    return [this.#res.getHeader("set-cookie") ?? []].flat().map(String);
  }
}

type Fields = Record<string, string | string[] | undefined>;

function isFields(given: unknown): given is Fields {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}

/** Sets the headers passed to `writeHead`: an object, a flat array of names and values, or an array of pairs. */
function setHeaders(res: ServerResponse, given: unknown): void {
  if (isFields(given)) {
    for (const [name, value] of Object.entries(given)) if (value !== undefined) res.setHeader(name, value);
    return;
  }
  if (!Array.isArray(given)) return;
  const flat: unknown[] = Array.isArray(given[0]) ? given.flat() : given;
  const byName = new Map<string, string[]>();
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const name = String(flat[at]).toLowerCase();
    byName.set(name, [...(byName.get(name) ?? []), String(flat[at + 1])]);
  }
  for (const [name, values] of byName) res.setHeader(name, values.length === 1 ? (values[0] as string) : values);
}
