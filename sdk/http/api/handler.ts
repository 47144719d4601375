/** The HTTP API: finds the route, and turns whatever happens into a response. */

import type { Platform } from "../../contract/http.ts";
import { AnonError } from "../../errors.ts";
import type { Credentials } from "../credentials.ts";
import type { HttpEngine } from "../http-engine.ts";
import { comesFrom, isSameOrigin } from "../origin.ts";
import { RequestActions } from "../request-context.ts";
import { urlOf } from "../request-url.ts";
import { toWireError, WireError } from "../wire-error.ts";
import { createApiCall, type Route } from "./api-call.ts";
import { fieldsOf, pick } from "./fields-parameter.ts";
import { MAIL_ROUTES } from "./mail-routes.ts";
import { RECORD_ROUTES } from "./record-routes.ts";
import { SELF_SERVICE_ROUTES } from "./self-service-routes.ts";
import { SIGN_IN_ROUTES } from "./sign-in-routes.ts";

/** Every route of the API. */
export const ROUTES: readonly Route[] = [...SIGN_IN_ROUTES, ...RECORD_ROUTES, ...SELF_SERVICE_ROUTES, ...MAIL_ROUTES];

/** What is answered. */
interface Reply {
  status: number;
  body: object | null;
  headers?: Readonly<Record<string, string>>;
}

/** Whether the path is below the API's own: `/collections/…` of the base path, so that `/api` may have other children. */
export function isApiRequest({ api }: HttpEngine, request: Request): boolean {
  return api.enabled && urlOf(request).pathname.startsWith(`${api.basePath}/collections/`);
}

/** Handles a request of the API. Never throws. */
export async function handleApi(http: HttpEngine, request: Request, platform: Platform = {}): Promise<Response> {
  let failure = "Something went wrong while processing your request.";
  let actions: RequestActions | undefined;
  try {
    if (request.method === "OPTIONS") return reply(http, request, optionsOf(http, request));
    const { collection, rest } = placeOf(http, request);
    // a misspelt collection is reported before a misspelt route
    http.engine.settings.forRequest(collection);
    const waitUntil = (promise: Promise<unknown>): void => platform.waitUntil?.(promise);
    const { route, id } = routeOf(http, request, rest);
    failure = route.failure;
    actions = new RequestActions(http, request, platform, http.api.cookies);
    if (route.method !== "GET" && isForged(http, request, actions.sender.from)) {
      throw new WireError(403, "The request was sent by a page of another site.");
    }
    // before anything is done
    const fields = request.url.includes("?") ? fieldsOf(urlOf(request)) : null;
    const whole = await route.answer(createApiCall(http, actions, { collection, id, waitUntil }));
    const body = fields === null || whole === null ? whole : (pick(whole, fields) as object);
    return reply(http, request, { status: body === null ? 204 : 200, body }, actions);
  } catch (error) {
    const { status, message, data, headers } = toWireError(error, failure);
    // also with an error a session may have been renewed, or found dead
    return reply(http, request, { status, body: { status, message, data }, headers }, actions);
  }
}

/** Made once, with all its headers: every change to a response that is there costs as much as making it. */
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
  // what Response.json makes, which on Bun takes half as long again
  headers.set("Content-Type", "application/json");
  return new Response(JSON.stringify(body), { status, headers });
}

function optionsOf(http: HttpEngine, request: Request): Reply {
  const allowed = methodsAt(http, request);
  if (allowed.length === 0) throw new AnonError("not_found", "Cannot answer: there is no such route");
  return { status: 204, body: null, headers: { Allow: allowed.join(", ") } };
}

/** A browser sends cookies along with what other sites' pages ask of it, too; only its own page can send a token in a header. */
function isForged(http: HttpEngine, request: Request, from: Credentials["from"] | undefined): boolean {
  const usesCookie = from === "cookie" || (from === undefined && http.api.cookies);
  return usesCookie && !isSameOrigin(request, http.api.origins);
}

function placeOf({ api }: HttpEngine, request: Request): { collection: string; rest: string } {
  const { pathname } = urlOf(request);
  const [, collection = "", rest = ""] =
    (api.enabled && pathname.startsWith(`${api.basePath}/`)
      ? /^\/collections\/([^/]+)\/(.+)$/.exec(pathname.slice(api.basePath.length))
      : null) ?? [];
  if (collection === "") throw new AnonError("not_found", "Cannot answer: there is no such route");
  return { collection, rest };
}

function routeOf(http: HttpEngine, request: Request, rest: string): { route: Route; id: string } {
  const method = request.method === "HEAD" ? "GET" : request.method;
  for (const route of ROUTES) {
    const id = matched(route, rest);
    if (id !== null && route.method === method) return { route, id };
  }
  const allowed = methodsAt(http, request);
  if (allowed.length === 0) throw new AnonError("not_found", "Cannot answer: there is no such route");
  throw new WireError(405, "The method is not allowed here.", {}, { Allow: allowed.join(", ") });
}

/** The id of a record or a session in a path, empty for a route without one; `null` when the path is not this route's. */
function matched({ path }: Route, rest: string): string | null {
  if (!path.endsWith("/{id}")) return rest === path ? "" : null;
  const before = path.slice(0, -"{id}".length);
  const id = rest.slice(before.length);
  return rest.startsWith(before) && /^[a-z0-9]{15,16}$/.test(id) ? id : null;
}

function methodsAt(http: HttpEngine, request: Request): string[] {
  try {
    const { rest } = placeOf(http, request);
    return ROUTES.filter((route) => matched(route, rest) !== null).map(({ method }) => method);
  } catch {
    return [];
  }
}

function allowOrigin({ api }: HttpEngine, request: Request, headers: Headers): void {
  headers.append("Vary", "Origin");
  if (!comesFrom(request, api.origins)) return;
  headers.set("Access-Control-Allow-Origin", request.headers.get("origin") as string);
  headers.set("Access-Control-Expose-Headers", "Retry-After");
  if (api.cookies) headers.set("Access-Control-Allow-Credentials", "true");
  if (request.method !== "OPTIONS") return;
  headers.set("Access-Control-Allow-Methods", headers.get("Allow") ?? "");
  // whatever the page sends: which pages may is said by `origins`, and a captcha's answer has a header of its own
  const asked = request.headers.get("access-control-request-headers") ?? "";
  headers.set("Access-Control-Allow-Headers", /^[\w\s,-]+$/.test(asked) ? asked : "Authorization, Content-Type");
  headers.set("Access-Control-Max-Age", "600");
}
