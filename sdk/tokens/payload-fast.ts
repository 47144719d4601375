/**
 * Fast twin of `payload.ts`, for the one form that `writePayload` gives a payload. Reading compares bytes at their
 * places in a buffer that is used again for every token: JSON.parse of `atob` takes three times as long, and `atob`
 * alone allocates a string a token. Without `Buffer` (Workers) the plain twin reads.
 *
 * Paid for by the bench rows verify-token (reading) and sign-in-memory (writing). A test holds it to its twin.
 */
import type { TokenClaims } from "../contract/records.ts";
import { readPayload as plainRead, type TokenInput } from "./payload.ts";

// of an id that was made here; the plain twin reads tokens of imported accounts
const ID_LENGTH = 15;
const SID_LENGTH = 16;
const MAXIMUM_COLLECTION = 63;

// longer than any payload in this form
const MAXIMUM_BYTES = 512;

interface Latin1Bytes extends Uint8Array {
  write(text: string, encoding: "base64"): number;
  toString(encoding?: "latin1", start?: number, end?: number): string;
}
interface BufferOf {
  alloc(size: number): Latin1Bytes;
  byteLength(text: string): number;
}
const { Buffer } = globalThis as { Buffer?: BufferOf };
const bytes = Buffer?.alloc(MAXIMUM_BYTES);

export function writePayload({ id, collection, sid, anonymous, issued, expires }: TokenInput): string {
  // every part is of [A-Za-z0-9_-] or a number, so nothing needs escaping
  const payload = `{"type":"auth","id":"${id}","sub":"${id}","collectionId":"${collection}","sid":"${
    sid
  }","anonymous":${anonymous},"refreshable":true,"iat":${seconds(issued)},"exp":${seconds(expires)}}`;
  const base64 = btoa(payload);
  const end = base64.indexOf("=");
  return end < 0 ? base64 : base64.slice(0, end);
}

export function readPayload(part: string): TokenClaims | null {
  // of a character that is not ASCII Node's decoder takes the low byte
  const isAscii = Buffer?.byteLength(part) === part.length;
  return (isAscii && bytes && readForm(part, bytes)) || plainRead(part);
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const TYPE = bytesOf('{"type":"auth","id":"');
const SUB = bytesOf('","sub":"');
const IN = bytesOf('","collectionId":"');
const SESSION = bytesOf('","sid":"');
const GUEST = bytesOf('","anonymous":true,"refreshable":true,"iat":');
const MEMBER = bytesOf('","anonymous":false,"refreshable":true,"iat":');
const EXPIRES = bytesOf(',"exp":');
const END = bytesOf("}");

/** The claims of a payload in the form of {@link writePayload}, `null` for any other. */
function readForm(part: string, bytes: Latin1Bytes): TokenClaims | null {
  const length = bytes.write(part, "base64");
  // Buffer skips what is not base64, and cuts off what does not fit
  if (part.length !== Math.ceil((length * 4) / 3)) return null;
  const id = TYPE.length;
  const sub = id + ID_LENGTH + SUB.length;
  const collection = sub + ID_LENGTH + IN.length;
  if (!has(bytes, 0, TYPE) || !has(bytes, id + ID_LENGTH, SUB) || !has(bytes, sub + ID_LENGTH, IN)) return null;
  for (let at = 0; at < ID_LENGTH; at++) if (bytes[id + at] !== bytes[sub + at]) return null;
  const end = endOfName(bytes, collection, MAXIMUM_COLLECTION, true);
  const sid = end + SESSION.length;
  if (end === collection || !has(bytes, end, SESSION)) return null;
  if (endOfName(bytes, id, ID_LENGTH, false) !== id + ID_LENGTH) return null;
  const rest = sid + SID_LENGTH;
  if (endOfName(bytes, sid, SID_LENGTH, false) !== rest) return null;
  const anonymous = has(bytes, rest, GUEST);
  if (!anonymous && !has(bytes, rest, MEMBER)) return null;
  const issued = rest + (anonymous ? GUEST : MEMBER).length;
  const comma = endOfNumber(bytes, issued);
  const expires = comma + EXPIRES.length;
  const last = endOfNumber(bytes, expires);
  // bytes beyond this belong to a previous token
  if (!has(bytes, comma, EXPIRES) || !has(bytes, last, END) || last + END.length !== length) return null;
  if (comma === issued || last === expires) return null;
  // both ids out of one text: making one costs more than all comparisons above
  const text = bytes.toString("latin1", id, rest);
  const name = text.slice(0, ID_LENGTH);
  return {
    type: "auth",
    id: name,
    sub: name,
    collectionId: nameAt(bytes, collection, end),
    sid: text.slice(sid - id),
    anonymous,
    refreshable: true,
    iat: numberAt(bytes, issued, comma),
    exp: numberAt(bytes, expires, last),
  };
}

// most tokens are of one collection, whose name need not be made and hashed again
let lastName = "";

function nameAt(bytes: Latin1Bytes, from: number, to: number): string {
  let isSame = lastName.length === to - from;
  for (let at = from; isSame && at < to; at++) isSame = lastName.charCodeAt(at - from) === bytes[at];
  if (!isSame) lastName = bytes.toString("latin1", from, to);
  return lastName;
}

function has(bytes: Uint8Array, from: number, expected: Uint8Array): boolean {
  for (let at = 0; at < expected.length; at++) if (bytes[from + at] !== expected[at]) return false;
  return true;
}

// looked up: comparing each byte with the ranges takes a tenth of verifyToken
const LETTERS = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number((byte >= 97 && byte <= 122) || (byte >= 48 && byte <= 57)),
);
const LETTERS_AND_UNDERSCORE = LETTERS.map((letter, byte) => (byte === 95 ? 1 : letter));

/** Where a name of `[a-z0-9]`, with `underscore` also `_`, ends: after `most` characters at the latest. */
function endOfName(bytes: Uint8Array, from: number, most: number, underscore: boolean): number {
  const allowed = underscore ? LETTERS_AND_UNDERSCORE : LETTERS;
  let at = from;
  while (at < from + most && allowed[bytes[at] as number] === 1) at++;
  return at;
}

/** Where a number ends: after 12 digits at the latest, which are exact. At its beginning when it has a leading 0. */
function endOfNumber(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < from + 12 && (bytes[at] as number) >= 48 && (bytes[at] as number) <= 57) at++;
  return bytes[from] === 48 && at > from + 1 ? from : at;
}

function numberAt(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + (bytes[at] as number) - 48;
  return value;
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1_000);
}
