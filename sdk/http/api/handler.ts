/** The HTTP API: finds the route, calls it, and makes a response of its result or error. */

import type { Platform } from "../../contract/http.ts";
import { AnonError } from "../../errors.ts";
import type { Credentials } from "../credentials.ts";
import type { HttpEngine } from "../http-engine.ts";
import { comesFrom, isSameOrigin, notFromOwnPage } from "../origin.ts";
import { RequestActions } from "../request-context.ts";
import { urlOf } from "../request-url.ts";
import { toWireError, WireError } from "../wire-error.ts";
import type { Route } from "./api-call.ts";
import { fieldsOf, pick } from "./fields-parameter.ts";
import { readJsonBody } from "./json-body.ts";
import { MAIL_ROUTES } from "./mail-routes.ts";
import { withoutModifiers } from "./record-input.ts";
import { RECORD_ROUTES } from "./record-routes.ts";
import { SELF_SERVICE_ROUTES } from "./self-service-routes.ts";
import { SIGN_IN_ROUTES } from "./sign-in-routes.ts";

export const ROUTES: readonly Route[] = [...SIGN_IN_ROUTES, ...RECORD_ROUTES, ...SELF_SERVICE_ROUTES, ...MAIL_ROUTES];

interface Reply {
  status: number;
  body: object | null;
  headers?: Readonly<Record<string, string>>;
}

/** Whether the path is below `/collections/` of the base path. The application may serve other paths below `/api`. */
export function isApiRequest({ api }: HttpEngine, request: Request): boolean {
  return api.enabled && urlOf(request).pathname.startsWith(`${api.basePath}/collections/`);
}

/** Handles a request of the API. Never throws. */
export async function handleApi(http: HttpEngine, request: Request, platform: Platform = {}): Promise<Response> {
  let failure: string | undefined;
  let actions: RequestActions | undefined;
  try {
    const { collection, rest } = parsePath(http, request);
    if (request.method === "OPTIONS") {
      return reply(http, request, { status: 204, body: null, headers: { Allow: allowedMethods(rest) } });
    }
    // a misspelt collection is reported before a misspelt route
    http.engine.settings.forRequest(collection);
    const { route, id } = findRoute(request, rest);
    failure = route.failure;
    actions = new RequestActions(http, request, platform, http.api.cookies);
    if (route.method !== "GET" && isForged(http, request, actions.sender.from)) throw notFromOwnPage(request);
    // a wrong parameter is refused before the route changes anything
    const fields = request.url.includes("?") ? fieldsOf(urlOf(request)) : null;
    const body = async () => withoutModifiers(await readJsonBody(request));
    const waitUntil = (promise: Promise<unknown>): void => platform.waitUntil?.(promise);
    const call = { http, context: actions, collection, id, client: actions.client, body, waitUntil };
    const whole = await route.handle(call);
    const picked = fields === null || whole === null ? whole : (pick(whole, fields) as object);
    return reply(http, request, { status: picked === null ? 204 : 200, body: picked }, actions);
  } catch (error) {
    const wire = toWireError(error, failure);
    // an error response may carry a cookie, too: the session may have been renewed before the error
    return reply(http, request, { status: wire.status, body: wire, headers: wire.headers }, actions);
  }
}

/** Makes the response once, with all its headers: changing a response costs as much as making one. */
function reply(
  http: HttpEngine,
  request: Request,
  { status, body, headers: own }: Reply,
  actions?: RequestActions,
): Response {
  const headers = new Headers(own);
  headers.set("Cache-Control", "no-store");
  actions?.applyHeaders(headers);
  if (http.api.origins.length > 0) allowOrigin(http, request, headers);
  if (body === null) return new Response(null, { status, headers });
  // the same as Response.json, which takes half as long again on Bun
  headers.set("Content-Type", "application/json");
  return new Response(JSON.stringify(body), { status, headers });
}

/** A browser also sends cookies with requests of other sites' pages, which cannot send a token in a header. */
function isForged(http: HttpEngine, request: Request, from: Credentials["from"] | undefined): boolean {
  const usesCookie = from === "cookie" || (from === undefined && http.api.cookies);
  return usesCookie && !isSameOrigin(request, http.api.origins);
}

function parsePath({ api }: HttpEngine, request: Request): { collection: string; rest: string } {
  const { pathname } = urlOf(request);
  const [, collection = "", rest = ""] =
    (api.enabled && pathname.startsWith(`${api.basePath}/`)
      ? /^\/collections\/([^/]+)\/(.+)$/.exec(pathname.slice(api.basePath.length))
      : null) ?? [];
  if (collection === "") throw noRoute();
  return { collection, rest };
}

function findRoute(request: Request, rest: string): { route: Route; id: string } {
  const method = request.method === "HEAD" ? "GET" : request.method;
  for (const route of ROUTES) {
    const id = matchId(route, rest);
    if (id !== null && route.method === method) return { route, id };
  }
  throw new WireError(405, "The method is not allowed here.", {}, { Allow: allowedMethods(rest) });
}

/** The id of a record or a session in a path, empty for a route without one; `null` if the path is not this route's. */
function matchId({ path }: Route, rest: string): string | null {
  if (!path.endsWith("/{id}")) return rest === path ? "" : null;
  const before = path.slice(0, -"{id}".length);
  const id = rest.slice(before.length);
  return rest.startsWith(before) && /^[a-z0-9]{15,16}$/.test(id) ? id : null;
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

function allowOrigin({ api }: HttpEngine, request: Request, headers: Headers): void {
  headers.append("Vary", "Origin");
  if (!comesFrom(request, api.origins)) return;
  headers.set("Access-Control-Allow-Origin", request.headers.get("origin") as string);
  headers.set("Access-Control-Expose-Headers", "Retry-After");
  if (api.cookies) headers.set("Access-Control-Allow-Credentials", "true");
  if (request.method !== "OPTIONS") return;
  headers.set("Access-Control-Allow-Methods", headers.get("Allow") ?? "");
  // every header that the page asks for: `origins` says which pages may send requests, and the application's hooks may
  // read headers of their own, such as that of a captcha
  const asked = request.headers.get("access-control-request-headers") ?? "";
  headers.set("Access-Control-Allow-Headers", /^[\w\s,-]+$/.test(asked) ? asked : "Authorization, Content-Type");
  headers.set("Access-Control-Max-Age", "600");
}
