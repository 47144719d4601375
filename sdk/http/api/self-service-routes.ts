/** The self-service routes of an account's owner. They need no password, because guests have none. */

import { AnonError } from "../../errors.ts";
import { fieldError } from "../wire-error.ts";
import { type ApiCall, callerOf, type Route } from "./api-call.ts";
import { toWireExport, toWireRecord, toWireSession } from "./wire-record.ts";

export const SELF_SERVICE_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "me",
    failure: "Failed to show who is signed in.",
    describe: { summary: "Show who is signed in, in any collection", access: "anyone", returns: "Me" },
    handle: showSession,
  },
  {
    method: "POST",
    path: "sign-out",
    failure: "Failed to sign out.",
    describe: { summary: "End the session, or all of the account", access: "anyone", body: ["everywhere?"] },
    async handle({ context, body }) {
      await context.signOut({ everywhere: everywhereOf(await body()) });
      return null;
    },
  },
  {
    method: "GET",
    path: "export",
    failure: "Failed to export the record.",
    describe: { summary: "Export all that is stored of the account", access: "caller", returns: "Export" },
    async handle(call) {
      await callerOf(call);
      return toWireExport(await call.context.exportAccount());
    },
  },
  {
    method: "GET",
    path: "sessions",
    failure: "Failed to list the sessions.",
    describe: { summary: "List the sessions of the account", access: "caller", returns: "Sessions" },
    async handle(call) {
      await callerOf(call);
      return { sessions: (await call.context.listSessions()).map(toWireSession) };
    },
  },
  {
    method: "DELETE",
    path: "sessions/{id}",
    failure: "Failed to end the session.",
    describe: { summary: "End a session", access: "caller" },
    async handle(call) {
      await callerOf(call);
      await call.body();
      if (await call.context.endSession(call.id)) return null;
      throw new AnonError("not_found", "Cannot end this session: the caller has none with this id");
    },
  },
];

/**
 * Who is signed in, in any collection: a browser has one cookie for all of them. To be signed out is not an error,
 * because a page whose scripts cannot read the cookie has to ask first. A token that came in the header may have been
 * renewed, so it is returned; that of a cookie stays where scripts cannot read it.
 */
async function showSession({ http, context }: ApiCall): Promise<object> {
  const present = await context.auth();
  if (!present) return { record: null };
  const { record, token, claims } = present;
  const expiresIn = Math.max(0, claims.exp - Math.floor(http.engine.now() / 1_000));
  const shown = { record: toWireRecord(record), expiresIn };
  return context.sender.from === "header" ? { ...shown, token } : shown;
}

function everywhereOf({ everywhere = false }: Record<string, unknown>): boolean {
  if (typeof everywhere === "boolean") return everywhere;
  throw fieldError("everywhere", "validation_invalid_value", "Must be true or false.");
}
