/** The HTTP API: finds the route, calls it, and makes a response of its result or error. */

import type { ApiMessage, ApiResponse, Platform } from "../../contract/http.ts";
import type { AuthData } from "../../contract/records.ts";
import { AnonError } from "../../errors.ts";
import { clientOf } from "../client-address.ts";
import type { Credentials } from "../credentials.ts";
import { FetchMessage, toResponse } from "../fetch-message.ts";
import { HeaderFields } from "../header-fields.ts";
import type { HttpEngine } from "../http-engine.ts";
import { comesFrom, isSameOrigin, notFromOwnPage } from "../origin.ts";
import { RequestActions } from "../request-context.ts";
import type { RequestHead } from "../request-head.ts";
import { pathOf } from "../request-url.ts";
import { toWireError, WireError } from "../wire-error.ts";
import type { Route } from "./api-call.ts";
import { fieldsOf, type Picked, pick } from "./fields-parameter.ts";
import { readJsonBody } from "./json-body.ts";
import { MAIL_ROUTES } from "./mail-routes.ts";
import { RECORD_ROUTES } from "./record-routes.ts";
import { SELF_SERVICE_ROUTES } from "./self-service-routes.ts";
import { SIGN_IN_ROUTES } from "./sign-in-routes.ts";
import { toWireAuth } from "./wire-record.ts";
import { authJson } from "./wire-record-fast.ts";

export const ROUTES: readonly Route[] = [...SIGN_IN_ROUTES, ...RECORD_ROUTES, ...SELF_SERVICE_ROUTES, ...MAIL_ROUTES];

interface Reply {
  status: number;
  /** JSON. */
  body: string | null;
  headers?: Readonly<Record<string, string>>;
}

/**
 * Whether the path is below `/collections/` of the base path, that of the description, or that of the keys for other
 * services. The application may serve other paths below `/api`.
 */
export function isApiRequest(http: HttpEngine, request: { readonly url: string }): boolean {
  const { api } = http;
  const { url } = request;
  // most requests are for other paths, and this finds out without parsing the URL, which decodes none of these letters
  if (url.includes("jwks.json") && isKeySet(http, pathOf(request).pathname)) return true;
  if (!api.enabled || !(url.includes("collections") || url.includes("openapi.json"))) return false;
  const { pathname } = pathOf(request);
  return pathname.startsWith(`${api.basePath}/collections/`) || isDescription(http, pathname);
}

function isDescription({ api }: HttpEngine, pathname: string): boolean {
  return pathname.endsWith("/openapi.json") && api.enabled && pathname === `${api.basePath}/openapi.json`;
}

/** A service finds the keys by the issuer's URL alone, so they do not depend on `api`. */
function isKeySet({ engine }: HttpEngine, pathname: string): boolean {
  return engine.serviceKeys !== null && pathname === "/.well-known/jwks.json";
}

/** Handles a request of the API. Never rejects. Not an async function, which would leave more to the garbage collector. */
export function handleApi(http: HttpEngine, message: ApiMessage): Promise<ApiResponse> {
  try {
    const { pathname, search } = pathOf(message);
    if (isDescription(http, pathname))
      return replyDescription(http, message).catch((error) => replyError(http, message, error));
    if (isKeySet(http, pathname)) return Promise.resolve(replyKeySet(http, message));
    const { collection, rest } = parsePath(http, pathname);
    if (message.method === "OPTIONS") {
      const headers = { allow: allowedMethods(rest) };
      return Promise.resolve(reply(http, message, { status: 204, body: null, headers }));
    }
    // a misspelt collection is reported before a misspelt route
    http.engine.settings.forRequest(collection);
    const { route, id } = findRoute(message.method, rest);
    return callRoute(http, message, route, collection, id, search);
  } catch (error) {
    return Promise.resolve(replyError(http, message, error));
  }
}

/** Does the same for a `Request`. It rejects only if the platform cannot tell the address of the connection. */
export function handleRequest(http: HttpEngine, request: Request, platform: Platform): Promise<Response> {
  try {
    return handleApi(http, new FetchMessage(request, platform)).then(toResponse);
  } catch (error) {
    return Promise.reject(error);
  }
}

function callRoute(
  http: HttpEngine,
  message: ApiMessage,
  route: Route,
  collection: string,
  id: string,
  search: string,
): Promise<ApiResponse> {
  const client = clientOf(http, message, message, message.address);
  const actions = new RequestActions(http, message, client, http.api.cookies);
  const failed = (error: unknown): ApiResponse => replyError(http, message, error, route.failure, actions);
  try {
    if (route.method !== "GET" && isForged(http, message, actions.sender.from)) throw notFromOwnPage(message);
    // a wrong parameter is refused before the route changes anything
    const fields = search === "" ? null : fieldsOf(new URLSearchParams(search));
    const readBody = () => readJsonBody(message);
    const waitUntil = (promise: Promise<unknown>): void => message.waitUntil?.(promise);
    const call = { http, context: actions, collection, id, client, body: readBody, waitUntil };
    return route
      .handle(call)
      .then((result) => {
        const body = result && jsonOf(route, result, fields);
        return reply(http, message, { status: body === null ? 204 : 200, body }, actions);
      })
      .catch(failed);
  } catch (error) {
    return Promise.resolve(failed(error));
  }
}

/** It may carry a cookie: the session may have been renewed before the error. */
function replyError(
  http: HttpEngine,
  message: ApiMessage,
  error: unknown,
  failure?: string,
  actions?: RequestActions,
): ApiResponse {
  const wire = toWireError(error, failure);
  return reply(http, message, { status: wire.status, body: JSON.stringify(wire), headers: wire.headers }, actions);
}

function jsonOf({ describe }: Route, result: object, fields: Picked | null): string {
  const isAuth = describe.returns === "Auth";
  if (isAuth && !fields) return authJson(result as AuthData);
  const body = isAuth ? toWireAuth(result as AuthData) : result;
  return JSON.stringify(fields ? pick(body, fields) : body);
}

function reply(
  http: HttpEngine,
  message: ApiMessage,
  { status, body, headers: own }: Reply,
  actions?: RequestActions,
): ApiResponse {
  const headers = new HeaderFields(own);
  headers.fields["cache-control"] = "no-store";
  actions?.applyTo(headers);
  if (http.api.origins.length > 0) allowOrigin(http, message, headers);
  if (body !== null) headers.fields["content-type"] = "application/json";
  return { status, headers: headers.fields, body };
}

/** The description is the same for every caller. */
async function replyDescription(http: HttpEngine, message: ApiMessage): Promise<ApiResponse> {
  const allow = { allow: "GET" };
  if (message.method === "OPTIONS") return reply(http, message, { status: 204, body: null, headers: allow });
  if (message.method !== "GET" && message.method !== "HEAD") throw notAllowed(allow);
  const { describeApi } = await import("./openapi.ts");
  const response = reply(http, message, { status: 200, body: JSON.stringify(describeApi(http, ROUTES)) });
  response.headers["cache-control"] = "public, max-age=300";
  return response;
}

/**
 * The public keys. They stay published before and after they sign for longer than a cache keeps this response, which is
 * the same for pages of every origin.
 */
function replyKeySet({ engine: { serviceKeys, now } }: HttpEngine, { method }: ApiMessage): ApiResponse {
  const anyOrigin = { "access-control-allow-origin": "*" };
  if (method === "OPTIONS") {
    const allowed = { "access-control-allow-methods": "GET", "access-control-allow-headers": "*" };
    const headers = { ...anyOrigin, ...allowed, "access-control-max-age": "600", allow: "GET" };
    return { status: 204, headers: { ...headers, "cache-control": "no-store" }, body: null };
  }
  if (method !== "GET" && method !== "HEAD") throw notAllowed({ allow: "GET" });
  const headers = { ...anyOrigin, "cache-control": "public, max-age=300", "content-type": "application/json" };
  return { status: 200, headers, body: JSON.stringify(serviceKeys?.publicKeys(now())) };
}

/** A browser also sends cookies with requests of other sites' pages, which cannot send a token in a header. */
function isForged(http: HttpEngine, head: RequestHead, from: Credentials["from"] | undefined): boolean {
  const usesCookie = from === "cookie" || (from === undefined && http.api.cookies);
  return usesCookie && !isSameOrigin(head, http.api.origins);
}

function parsePath({ api }: HttpEngine, pathname: string): { collection: string; rest: string } {
  const beginning = `${api.basePath}/collections/`;
  const from = beginning.length;
  const end = pathname.indexOf("/", from);
  // neither the collection nor the rest is empty
  if (!api.enabled || !pathname.startsWith(beginning) || end <= from || end + 1 === pathname.length) throw noRoute();
  return { collection: pathname.slice(from, end), rest: pathname.slice(end + 1) };
}

function findRoute(sent: string, rest: string): { route: Route; id: string } {
  const method = sent === "HEAD" ? "GET" : sent;
  for (const route of ROUTES) {
    const id = matchId(route, rest);
    if (id !== null && route.method === method) return { route, id };
  }
  throw notAllowed({ allow: allowedMethods(rest) });
}

function notAllowed(headers: { allow: string }): WireError {
  return new WireError(405, "The method is not allowed here.", {}, headers);
}

/** The id of a record or a session in a path, empty for a route without one; `null` if the path is not this route's. */
function matchId({ path }: Route, rest: string): string | null {
  if (!path.endsWith("/{id}")) return rest === path ? "" : null;
  const before = path.slice(0, -"{id}".length);
  const id = rest.slice(before.length);
  return rest.startsWith(before) && /^[A-Za-z0-9_-]{1,64}$/.test(id) ? id : null;
}

/** @throws {AnonError} `not_found` for a path without a route */
function allowedMethods(rest: string): string {
  const methods = ROUTES.filter((route) => matchId(route, rest) !== null).map(({ method }) => method);
  if (methods.length === 0) throw noRoute();
  return methods.join(", ");
}

function noRoute(): AnonError {
  return new AnonError("not_found", "Cannot answer: there is no such route");
}

function allowOrigin({ api }: HttpEngine, { method, headers: sent }: ApiMessage, headers: HeaderFields): void {
  headers.append("vary", "Origin");
  if (!comesFrom(sent, api.origins)) return;
  headers.set("access-control-allow-origin", sent.get("origin") as string);
  headers.set("access-control-expose-headers", "Retry-After");
  if (api.cookies) headers.set("access-control-allow-credentials", "true");
  if (method !== "OPTIONS") return;
  headers.set("access-control-allow-methods", headers.get("allow") ?? "");
  // every header that the page asks for: `origins` says which pages may send requests, and the application's hooks may
  // read headers of their own, such as that of a captcha
  const asked = sent.get("access-control-request-headers") ?? "";
  headers.set("access-control-allow-headers", /^[\w\s,-]+$/.test(asked) ? asked : "Authorization, Content-Type");
  headers.set("access-control-max-age", "600");
}
