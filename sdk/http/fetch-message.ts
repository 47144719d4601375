/** A `Request` as a message of the API, and the response to it. */
import type { ApiMessage, ApiResponse, Platform } from "../contract/http.ts";
import type { HeaderReader } from "../contract/visitor.ts";
import { peerAddress } from "./client-address.ts";

export class FetchMessage implements ApiMessage {
  readonly request: Request;
  readonly method: string;
  readonly url: string;
  readonly headers: HeaderReader;
  readonly address: string | undefined;
  readonly #platform: Platform;

  constructor(request: Request, platform: Platform) {
    this.request = request;
    this.method = request.method;
    this.url = request.url;
    this.headers = request.headers;
    // a connection that is reset loses its address
    this.address = peerAddress(request, platform);
    this.#platform = platform;
  }

  /** Servers pass on no more than the declared length. On Bun, reading a stream takes longer than the rest of a call. */
  readBody(maximum: number): Promise<Uint8Array | null> {
    const { request } = this;
    const declared = request.headers.get("content-length");
    if (Number(declared) > maximum) {
      if (request.body) void discard(request.body.getReader());
      return Promise.resolve(null);
    }
    if (declared === null || request.headers.has("transfer-encoding")) return readPieces(request, maximum);
    // the declared length may be wrong
    return request.arrayBuffer().then((read) => (read.byteLength > maximum ? null : new Uint8Array(read)));
  }

  waitUntil(promise: Promise<unknown>): void {
    this.#platform.waitUntil?.(promise);
  }
}

/** The response as a `Response`. */
export function toResponse({ status, headers, body }: ApiResponse): Response {
  const response = new Response(body, { status });
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === "string") response.headers.set(name, value);
    else for (const one of value) response.headers.append(name, one);
  }
  return response;
}

async function readPieces({ body }: Request, maximum: number): Promise<Uint8Array | null> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const reader = body?.getReader();
  for (let piece = await reader?.read(); reader && piece && !piece.done; piece = await reader.read()) {
    size += piece.value.byteLength;
    if (size > maximum) {
      void discard(reader);
      return null;
    }
    pieces.push(piece.value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}

/**
 * Reads the rest and drops it. If the stream of a Node message is cancelled, more data ends a Deno process, and on Node
 * the connection serves no other request.
 */
async function discard(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  try {
    while (!(await reader.read()).done);
  } catch {
    // the client closed the connection
  }
}
