/** The body of an API request: one JSON object of limited size and depth, with unique names and no rounded number. */
import { faultOfJson, roundedNumber } from "../../account/json-text.ts";
import { WireError } from "../wire-error.ts";

const MAXIMUM_BYTES = 65_536;
const MAXIMUM_DEPTH = 32;

/** The object in the body; an absent body is an empty one. */
export async function readJsonBody(request: Request): Promise<Record<string, unknown>> {
  let bytes: Uint8Array;
  try {
    bytes = mayReadAtOnce(request) ? new Uint8Array(await request.arrayBuffer()) : await readPieces(request);
  } catch (error) {
    if (error instanceof WireError) throw error;
    throw new WireError(400, "The body could not be read: it was read already, or did not arrive.");
  }
  // the declared length may be wrong
  if (bytes.byteLength > MAXIMUM_BYTES) throw tooLarge();
  if (bytes.byteLength === 0) return {};
  const text = decoded(bytes);
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)) {
    throw new WireError(415, "The body must be application/json.");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new WireError(400, "The body is not JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new WireError(400, "The body must be a JSON object.");
  }
  checkText(text);
  return value as Record<string, unknown>;
}

/**
 * Servers pass on no more than the declared length. On Bun, reading a stream takes longer than the rest of a call.
 *
 * @throws {WireError} 413 if the declared length is too large
 */
function mayReadAtOnce(request: Request): boolean {
  const { headers } = request;
  const declared = headers.get("content-length");
  if (Number(declared) > MAXIMUM_BYTES) {
    if (request.body) void discard(request.body.getReader());
    throw tooLarge();
  }
  return declared !== null && !headers.has("transfer-encoding");
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decoded(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new WireError(400, "The body is not UTF-8.");
  }
}

async function readPieces({ body }: Request): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const reader = body?.getReader();
  for (let piece = await reader?.read(); reader && piece && !piece.done; piece = await reader.read()) {
    size += piece.value.byteLength;
    if (size > MAXIMUM_BYTES) {
      void discard(reader);
      throw tooLarge();
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

/** @throws {AnonError} `invalid_data` for a number that JavaScript rounds */
function checkText(text: string): void {
  const fault = faultOfJson(text, MAXIMUM_DEPTH);
  if (fault?.is === "deep") throw new WireError(400, "The body is nested too deep.");
  if (fault?.is === "twice") throw new WireError(400, "The body has a name twice.");
  if (fault) throw roundedNumber(fault.path);
}

function tooLarge(): WireError {
  return new WireError(413, "The body is too large.");
}
