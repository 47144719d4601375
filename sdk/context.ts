/**
 * The methods of the current request's context, without passing it: inside `anon.run(request, handler)`. Outside they
 * throw `outside_request`.
 *
 * @module
 */

import type { Visitor } from "./contract/requests.ts";
import { AnonError } from "./errors.ts";
import { currentRequest, requireCurrentRequest } from "./http/current-request.ts";

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
export const signInAnonymously: Visitor["signInAnonymously"] = ofRequest("signInAnonymously");

/** Makes the session of a token the session of this browser. */
export const signInWithToken: Visitor["signInWithToken"] = ofRequest("signInWithToken");

/** Signs this browser in with an email or a username. */
export const signInWithPassword: Visitor["signInWithPassword"] = ofRequest("signInWithPassword");

/** Signs this browser in to the account that is linked to an external identity; `null` when there is none. */
export const signInWithIdentity: Visitor["signInWithIdentity"] = ofRequest("signInWithIdentity");

/** A code with which another device signs in to the current account, once. */
export const createTransferCode: Visitor["createTransferCode"] = ofRequest("createTransferCode");

/**
 * A short-lived token with which another service knows the current account: as `anon.issueServiceToken`.
 */
export const issueServiceToken: Visitor["issueServiceToken"] = ofRequest("issueServiceToken");

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
export const signInWithTransferCode: Visitor["signInWithTransferCode"] = ofRequest("signInWithTransferCode");

/** Makes the current guest a registered account. */
export const convert: Visitor["convert"] = ofRequest("convert");

/** Makes the current guest a registered account that signs in with another service. */
export const convertWithIdentity: Visitor["convertWithIdentity"] = ofRequest("convertWithIdentity");

/** Merges the current guest into the account of a token. */
export const merge: Visitor["merge"] = ofRequest("merge");

/** Converts the guest of a mailed code, and signs this browser in to it. */
export const confirmConversion: Visitor["confirmConversion"] = ofRequest("confirmConversion");

/** The living sessions of the current account. */
export const listSessions: Visitor["listSessions"] = ofRequest("listSessions");

/** Ends one session of the current account. */
export const endSession: Visitor["endSession"] = ofRequest("endSession");

/** All that is stored of the current account. */
export const exportAccount: Visitor["exportAccount"] = ofRequest("exportAccount");

/** Deletes the current account. */
export const deleteAccount: Visitor["deleteAccount"] = ofRequest("deleteAccount");

/** Ends the session, and clears the cookie. */
export const signOut: Visitor["signOut"] = ofRequest("signOut");

/** Who is signed in, or `null`. */
export const auth: Visitor["auth"] = ofRequest("auth");

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
export const authorize: Visitor["authorize"] = ofRequest("authorize");

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
export const can: Visitor["can"] = ofRequest("can");

/**
 * The request itself.
 *
 * @throws {AnonError} `outside_request`, also in a framework that has no `Request`
 */
export function request(): Request {
  const { request } = requireCurrentRequest("request");
  if (request) return request;
  throw new AnonError("outside_request", "Cannot return the request: this framework has no Request object");
}

/** A method of the context of the request that is current when it is called. */
function ofRequest<Name extends Exclude<keyof Visitor, "request" | "applyTo">>(name: Name): Visitor[Name] {
  const call = (...inputs: unknown[]): unknown => {
    const visitor = currentRequest();
    if (visitor) return (visitor[name] as (...inputs: unknown[]) => unknown)(...inputs);
    // a call without a request rejects, as one with a request does
    return Promise.resolve().then(() => requireCurrentRequest(name));
  };
  return call as Visitor[Name];
}
