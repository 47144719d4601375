/** The body of an API request: one JSON object of limited size and depth, with unique names and no rounded number. */
import { faultOfJson, roundedNumber } from "../../account/json-text.ts";
import type { ApiMessage } from "../../contract/http.ts";
import { WireError } from "../wire-error.ts";
import { withoutModifiers } from "./record-input.ts";

const MAXIMUM_BYTES = 65_536;
const MAXIMUM_DEPTH = 32;

/** The object in the body, checked; an absent body is an empty one. */
export function readJsonBody(message: ApiMessage): Promise<Record<string, unknown>> {
  try {
    return message.readBody(MAXIMUM_BYTES).then((bytes) => parsed(message, bytes), notRead);
  } catch {
    // a body that was read already can be refused at once
    return notRead();
  }
}

function notRead(): never {
  throw new WireError(400, "The body could not be read: it was read already, or did not arrive.");
}

function parsed(message: ApiMessage, bytes: Uint8Array | null): Record<string, unknown> {
  if (bytes === null) throw new WireError(413, "The body is too large.");
  if (bytes.byteLength === 0) return {};
  const text = decoded(bytes);
  const type = message.headers.get("content-type") ?? "";
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
  return withoutModifiers(value as Record<string, unknown>);
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decoded(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new WireError(400, "The body is not UTF-8.");
  }
}

/** @throws {AnonError} `invalid_data` for a number that JavaScript rounds */
function checkText(text: string): void {
  const fault = faultOfJson(text, MAXIMUM_DEPTH);
  if (fault?.is === "deep") throw new WireError(400, "The body is nested too deep.");
  if (fault?.is === "twice") throw new WireError(400, "The body has a name twice.");
  if (fault) throw roundedNumber(fault.path);
}
