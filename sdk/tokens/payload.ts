/**
 * What a token says, as text and back.
 *
 * The payload is ASCII without `~`, `?` and `>`: its base64 then has neither `+` nor `/`, so it is its own base64url,
 * and browser clients that run `atob` over it can read it.
 */
import type { TokenClaims } from "../contract/records.ts";
import { type Base64Bytes, base64Bytes } from "./base64-bytes.ts";

const ID = /^[a-z0-9]{15}$/;
const ID_LENGTH = 15;
const SID_LENGTH = 16;
const MAXIMUM_COLLECTION = 63;

/** What a token is made of. Times are in milliseconds since the epoch. */
export interface TokenInput {
  id: string;
  collection: string;
  sid: string;
  anonymous: boolean;
  issued: number;
  expires: number;
}

/** The payload of a token, as base64url. */
export function writePayload({ id, collection, sid, anonymous, issued, expires }: TokenInput): string {
  // every part is of [a-z0-9_] or a number, so nothing needs escaping
  const payload = `{"type":"auth","id":"${id}","sub":"${id}","collectionId":"${collection}","sid":"${
    sid
  }","anonymous":${anonymous},"refreshable":true,"iat":${seconds(issued)},"exp":${seconds(expires)}}`;
  const base64 = btoa(payload);
  const end = base64.indexOf("=");
  return end < 0 ? base64 : base64.slice(0, end);
}

/**
 * The claims in a payload whose signature was right, or `null`. So it is ours, but one secret may sign tokens of other
 * kinds too.
 */
export function readPayload(part: string, using: Base64Bytes = base64Bytes): TokenClaims | null {
  const written = asWritten(part, using);
  if (written) return written;
  let claims: TokenClaims;
  try {
    claims = JSON.parse(atob(part)) as TokenClaims;
  } catch {
    return null;
  }
  const valid =
    claims !== null &&
    claims.type === "auth" &&
    ID.test(claims.id) &&
    typeof claims.id === "string" &&
    claims.sub === claims.id &&
    typeof claims.collectionId === "string" &&
    typeof claims.sid === "string" &&
    typeof claims.anonymous === "boolean" &&
    typeof claims.refreshable === "boolean" &&
    Number.isSafeInteger(claims.iat) &&
    Number.isSafeInteger(claims.exp);
  return valid ? claims : null;
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

/**
 * The claims of a payload as {@link writePayload} writes it, `null` for any other. It has one form, so it is taken apart
 * by its places: JSON.parse takes three times as long and leaves three times the garbage.
 */
function asWritten(part: string, using: Base64Bytes): TokenClaims | null {
  const length = using.decode(part);
  // a lenient decoder passes over what is no base64
  if (part.length !== Math.ceil((length * 4) / 3)) return null;
  const { bytes } = using;
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
  // what is behind is of an earlier text
  if (!has(bytes, comma, EXPIRES) || !has(bytes, last, END) || last + END.length !== length) return null;
  if (comma === issued || last === expires) return null;
  // both names out of one text: making one costs more than all comparing before
  const text = using.text(id, rest);
  const name = text.slice(0, ID_LENGTH);
  return {
    type: "auth",
    id: name,
    sub: name,
    collectionId: nameAt(using, collection, end),
    sid: text.slice(sid - id),
    anonymous,
    refreshable: true,
    iat: numberAt(bytes, issued, comma),
    exp: numberAt(bytes, expires, last),
  };
}

// most tokens are of the collection that the last one was of
let lastName = "";

function nameAt(using: Base64Bytes, from: number, to: number): string {
  let same = lastName.length === to - from;
  for (let at = from; same && at < to; at++) same = lastName.charCodeAt(at - from) === using.bytes[at];
  if (!same) lastName = using.text(from, to);
  return lastName;
}

function has(bytes: Uint8Array, from: number, expected: Uint8Array): boolean {
  for (let at = 0; at < expected.length; at++) if (bytes[from + at] !== expected[at]) return false;
  return true;
}

/** Where `[a-z0-9]`, and with `underscore` also `_`, end: after `most` at the latest. */
function endOfName(bytes: Uint8Array, from: number, most: number, underscore: boolean): number {
  let at = from;
  for (; at < from + most; at++) {
    const byte = bytes[at] as number;
    const letter = (byte >= 97 && byte <= 122) || (byte >= 48 && byte <= 57) || (underscore && byte === 95);
    if (!letter) break;
  }
  return at;
}

/** Where a number ends: after 12 digits at the latest, which are exact, and at its beginning when it has a needless 0. */
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
