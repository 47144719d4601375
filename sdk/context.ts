/**
 * The methods of the current request's context, without passing it: inside `anon.run(request, handler)`. Outside they
 * throw `outside_request`.
 *
 * @module
 */

import type { RequestContext } from "./contract/requests.ts";
import { requireCurrentRequest } from "./http/current-request.ts";

/**
 * Signs the visitor of this request in, and sets the cookie. All calls in one request create one account.
 *
 * @throws {AnonError} `outside_request`, `response_sent`, `session_replaced`, and as `anon.signInAnonymously`
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import { signInAnonymously } from "anon-accounts/context";
 * import memory from "anon-accounts/drivers/memory";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const response = await anon.run(new Request("https://shop.example/"), async () => {
 *   const { record } = await signInAnonymously({ collection: "customers" });
 *   return new Response(`Hello ${record.username}`);
 * });
 * console.assert(response.headers.get("Set-Cookie")?.startsWith("__Host-anon="));
 * ```
 */
export const signInAnonymously: RequestContext["signInAnonymously"] = ofRequest("signInAnonymously");

/** Makes the session of a token the session of this browser. */
export const signInWithToken: RequestContext["signInWithToken"] = ofRequest("signInWithToken");

/** Signs this browser in with an email or a username. */
export const signInWithPassword: RequestContext["signInWithPassword"] = ofRequest("signInWithPassword");

/** Signs this browser in to the account that is linked to an external identity; `null` when there is none. */
export const signInWithIdentity: RequestContext["signInWithIdentity"] = ofRequest("signInWithIdentity");

/** A code with which another device signs in to the current account, once. */
export const createTransferCode: RequestContext["createTransferCode"] = ofRequest("createTransferCode");

/**
 * Signs this browser in to the account that made the code, and sets the cookie.
 *
 * @throws {AnonError} `outside_request`, `response_sent`, and as `anon.signInWithTransferCode`
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import { signInWithTransferCode } from "anon-accounts/context";
 * import memory from "anon-accounts/drivers/memory";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const phone = await anon.signInAnonymously();
 * const { code } = await anon.createTransferCode(phone.token);
 * const response = await anon.run(new Request("https://shop.example/"), async () => {
 *   const { record } = await signInWithTransferCode(code);
 *   return new Response(`Hello ${record.username}`);
 * });
 * console.assert(response.headers.get("Set-Cookie")?.startsWith("__Host-anon="));
 * ```
 */
export const signInWithTransferCode: RequestContext["signInWithTransferCode"] = ofRequest("signInWithTransferCode");

/** Makes the current guest a registered account. */
export const convert: RequestContext["convert"] = ofRequest("convert");

/** Makes the current guest a registered account that signs in with another service. */
export const convertWithIdentity: RequestContext["convertWithIdentity"] = ofRequest("convertWithIdentity");

/** Merges the current guest into the account of a token. */
export const merge: RequestContext["merge"] = ofRequest("merge");

/** Converts the guest of a mailed code, and signs this browser in to it. */
export const confirmConversion: RequestContext["confirmConversion"] = ofRequest("confirmConversion");

/** The living sessions of the current account. */
export const listSessions: RequestContext["listSessions"] = ofRequest("listSessions");

/** Ends one session of the current account. */
export const endSession: RequestContext["endSession"] = ofRequest("endSession");

/** All that is stored of the current account. */
export const exportAccount: RequestContext["exportAccount"] = ofRequest("exportAccount");

/** Deletes the current account. */
export const deleteAccount: RequestContext["deleteAccount"] = ofRequest("deleteAccount");

/** Ends the session, and clears the cookie. */
export const signOut: RequestContext["signOut"] = ofRequest("signOut");

/** Who is signed in, or `null`. */
export const auth: RequestContext["auth"] = ofRequest("auth");

/**
 * Who is signed in, if they have a capability; without one, if they are registered. Throws otherwise.
 *
 * @throws {AnonError} `invalid_token` when no one is signed in, `registration_required` for a guest who has to convert
 * first, `capability_required` for all others; `outside_request`
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import { authorize, signInAnonymously } from "anon-accounts/context";
 * import memory from "anon-accounts/drivers/memory";
 *
 * const secret = "a secret of at least 32 characters!";
 * const anon = createAnon({ storage: memory(), secret, capabilities: { anonymous: ["cart:*"] } });
 * await anon.run(new Request("https://shop.example/cart"), async () => {
 *   const { record } = await signInAnonymously();
 *   console.assert((await authorize("cart:write")).record.id === record.id);
 *   console.assert((await authorize().catch(({ code }) => code)) === "registration_required");
 *   return new Response();
 * });
 * ```
 */
export const authorize: RequestContext["authorize"] = ofRequest("authorize");

/**
 * Whether the current account has a capability; `false` when signed out.
 *
 * @throws {AnonError} `outside_request`
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import { can, signInAnonymously } from "anon-accounts/context";
 * import memory from "anon-accounts/drivers/memory";
 *
 * const secret = "a secret of at least 32 characters!";
 * const anon = createAnon({ storage: memory(), secret, capabilities: { anonymous: ["cart:*"] } });
 * await anon.run(new Request("https://shop.example/cart"), async () => {
 *   console.assert(!(await can("cart:write")));
 *   await signInAnonymously();
 *   console.assert((await can("cart:write")) && !(await can("orders:write")));
 *   return new Response();
 * });
 * ```
 */
export const can: RequestContext["can"] = ofRequest("can");

/** The request itself. */
export function request(): Request {
  return requireCurrentRequest("request").request;
}

/** A method of the context of the request that is current when it is called. */
function ofRequest<Name extends Exclude<keyof RequestContext, "request" | "respond">>(
  name: Name,
): RequestContext[Name] {
  const call = async (...inputs: unknown[]): Promise<unknown> =>
    (requireCurrentRequest(name)[name] as (...inputs: unknown[]) => unknown)(...inputs);
  return call as RequestContext[Name];
}
