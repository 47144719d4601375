/** One call of the API, as its routes see it. */

import type { Client } from "../../contract/limits.ts";
import type { Authenticated } from "../../contract/records.ts";
import { AnonError } from "../../errors.ts";
import type { HttpEngine } from "../engine.ts";
import type { RequestActions } from "../request-context.ts";
import { WireError } from "../wire-error.ts";
import { readJsonBody } from "./json-body.ts";

/** What a route is called with. */
export interface ApiCall {
  http: HttpEngine;
  request: Request;
  context: RequestActions;
  /** The collection in the path: configured, or of a valid name. */
  collection: string;
  /** The record's id in the path, for routes that have one. */
  id: string;
  /** Who sends it: what limits count by. */
  client: Client;
  /** The body's object. */
  body(): Promise<Record<string, unknown>>;
  /** Keeps a platform that ends what no request waits for from doing so. */
  waitUntil(promise: Promise<unknown>): void;
}

/** One route: its response, as JSON or without a body, and the message when a field of the request is refused. */
export interface Route {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Behind `/collections/{name}/`; `{id}` stands for a record's id. */
  path: string;
  failure: string;
  answer(call: ApiCall): Promise<object | null>;
}

/** Makes a call of a request. */
export function createApiCall(
  http: HttpEngine,
  context: RequestActions,
  { collection, id, waitUntil }: Pick<ApiCall, "collection" | "id" | "waitUntil">,
): ApiCall {
  const { request, client } = context;
  const body = async () => withoutModifiers(await readJsonBody(request));
  return { http, request, context, collection, id, client, waitUntil, body };
}

/** PocketBase reads these names as "add to" and "take from" a field: stored as names they would lose what was meant. */
function withoutModifiers(body: Record<string, unknown>): Record<string, unknown> {
  for (const name of Object.keys(body)) {
    if (!/^\+|[+-]$/.test(name)) continue;
    throw fieldError(
      name,
      "validation_unsupported_modifier",
      "Modifiers (+, -) are not supported, send the new value.",
    );
  }
  return body;
}

/** The caller: an account of this collection, with a valid token. */
export async function callerOf({ context, collection }: ApiCall): Promise<Authenticated> {
  const caller = await context.auth();
  if (!caller) throw new AnonError("invalid_token", "Cannot answer: no one is signed in");
  if (caller.record.collectionName !== collection) {
    throw new WireError(403, "The authorized record is not allowed to perform this action.");
  }
  return caller;
}

/** The same where the path names a record, which must be the caller's own: whether others exist is not revealed. */
export async function ownerOf(call: ApiCall): Promise<Authenticated> {
  const caller = await call.context.auth();
  if (caller?.record.collectionName === call.collection && caller.record.id === call.id) return caller;
  throw new AnonError("not_found", "Cannot answer: that is not the caller's record");
}

/** A text in the body, which the SDK checks; what is missing is refused here as the wire has it. */
export function textOf(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  if (value === undefined || value === null || value === "") {
    throw fieldError(name, "validation_required", "Cannot be blank.");
  }
  if (typeof value !== "string") throw fieldError(name, "validation_invalid_value", "Must be a text.");
  return value;
}

/** The password in the body, which has to be there twice. */
export function confirmedPassword(body: Record<string, unknown>): string {
  const password = textOf(body, "password");
  if (textOf(body, "passwordConfirm") !== password) {
    throw fieldError("passwordConfirm", "validation_values_mismatch", "Values don't match.");
  }
  return password;
}

/** Of a wrong password among other input the field is named; of a login nothing is. */
export function wrongPassword(field: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof AnonError) || error.code !== "invalid_credentials") throw error;
    throw fieldError(field, "validation_invalid_password", "Missing or invalid password.");
  };
}

function fieldError(name: string, code: string, message: string): WireError {
  return new WireError(400, "", { [name]: { code, message } });
}
