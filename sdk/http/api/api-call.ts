/** One call of the API, as its routes see it. */

import type { Client } from "../../contract/limits.ts";
import type { Authenticated } from "../../contract/records.ts";
import { AnonError } from "../../errors.ts";
import type { HttpEngine } from "../http-engine.ts";
import type { RequestActions } from "../request-context.ts";
import { WireError } from "../wire-error.ts";
import { readJsonBody } from "./json-body.ts";
import { withoutModifiers } from "./record-input.ts";

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

export function createApiCall(
  http: HttpEngine,
  context: RequestActions,
  { collection, id, waitUntil }: Pick<ApiCall, "collection" | "id" | "waitUntil">,
): ApiCall {
  const { request, client } = context;
  const body = async () => withoutModifiers(await readJsonBody(request));
  return { http, request, context, collection, id, client, waitUntil, body };
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
