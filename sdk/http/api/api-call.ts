/** A route of the API, and what it is called with. */

import type { Client } from "../../contract/limits.ts";
import type { Authenticated } from "../../contract/records.ts";
import { AnonError } from "../../errors.ts";
import type { HttpEngine } from "../http-engine.ts";
import type { RequestActions } from "../request-context.ts";
import { WireError } from "../wire-error.ts";
import type { BodyField, ResponseName } from "./schemas.ts";

/** What a route is called with. */
export interface ApiCall {
  http: HttpEngine;
  context: RequestActions;
  /** The collection in the path: configured, or of a valid name. */
  collection: string;
  /** The id of a record or a session in the path, for routes that have one. */
  id: string;
  /** The sender: limits count by its address. */
  client: Client;
  /** Reads the object in the body. */
  body(): Promise<Record<string, unknown>>;
  /** Makes the platform wait for work that continues after the response. */
  waitUntil(promise: Promise<unknown>): void;
}

/** What the OpenAPI description says of a route. */
export interface RouteDescription {
  /** One line without a full stop. */
  summary: string;
  /**
   * `anyone` also signed out; `caller`: signed in, in the collection of the path; `owner`: of the record in the path,
   * for all others it does not exist.
   */
  access: "anyone" | "caller" | "owner";
  /** Absent: the route reads no field. */
  body?: readonly BodyField[];
  /** Absent: 204 without a body. */
  returns?: ResponseName;
  /** Whether a limit may refuse it. */
  limited?: true;
}

export interface Route {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** What follows `/collections/{name}/`; `{id}` stands for the id of a record or a session. */
  path: string;
  /** The message when a field of the request is refused. */
  failure: string;
  describe: RouteDescription;
  /** Returns the body of the response; `null` for a response without one. Where that is `Auth`, the `AuthData` for it. */
  handle(call: ApiCall): Promise<object | null>;
}

/** The account that is signed in, which must be of this collection. */
export async function callerOf({ context, collection }: ApiCall): Promise<Authenticated> {
  const caller = await context.auth();
  if (!caller) throw new AnonError("invalid_token", "Cannot answer: no one is signed in");
  if (caller.record.collectionName !== collection) {
    throw new WireError(403, "The authorized record is not allowed to perform this action.");
  }
  return caller;
}

/** The same for a path with the id of a record. It must be the caller's own: whether others exist is not revealed. */
export async function ownerOf(call: ApiCall): Promise<Authenticated> {
  const caller = await call.context.auth();
  if (caller?.record.collectionName === call.collection && caller.record.id === call.id) return caller;
  throw new AnonError("not_found", "Cannot answer: that is not the caller's record");
}
