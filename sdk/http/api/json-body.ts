/** The body of an API request: one JSON object, small and flat enough, with every name once. */
import { WireError } from "./wire-error.ts";

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
  // whatever was declared
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
  check(text);
  return value as Record<string, unknown>;
}

/** Servers let no more through than was declared. On Bun reading a stream takes longer than all else that a call does. */
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
 * Reads the rest for nothing. Cancelled, the stream of a Node message ends a Deno process when more comes in, and on Node
 * the connection answers no other request.
 */
async function discard(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  try {
    while (!(await reader.read()).done);
  } catch {
    // whoever sent it went away
  }
}

/**
 * Goes through a text that JSON.parse accepted. It keeps the last of several equal names, others the first: what a proxy
 * checked and what is used here could differ.
 */
function check(text: string): void {
  // the body of most who sign in anonymously
  if (text === "{}") return;
  const names: (Set<string> | null)[] = [];
  let expectsName = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{" || character === "[") {
      if (names.length === MAXIMUM_DEPTH) throw new WireError(400, "The body is nested too deep.");
      names.push(character === "{" ? new Set() : null);
      expectsName = character === "{";
    } else if (character === "}" || character === "]") {
      names.pop();
      expectsName = false;
    } else if (character === ",") {
      expectsName = names.at(-1) instanceof Set;
    } else if (character === '"') {
      const end = endOfString(text, at);
      if (expectsName) {
        const name = JSON.parse(text.slice(at, end + 1)) as string;
        const known = names.at(-1);
        if (known?.has(name)) throw new WireError(400, "The body has a name twice.");
        known?.add(name);
        expectsName = false;
      }
      at = end;
    }
  }
}

function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

function tooLarge(): WireError {
  return new WireError(413, "The body is too large.");
}
