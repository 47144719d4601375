/** The self-service routes of an account's owner. They need no password, because guests have none. */

import { AnonError } from "../../errors.ts";
import { callerOf, type Route } from "./api-call.ts";
import { toWireExport, toWireSession } from "./wire-record.ts";

export const SELF_SERVICE_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "export",
    failure: "Failed to export the record.",
    async handle(call) {
      await callerOf(call);
      return toWireExport(await call.context.exportAccount());
    },
  },
  {
    method: "GET",
    path: "sessions",
    failure: "Failed to list the sessions.",
    async handle(call) {
      await callerOf(call);
      return { sessions: (await call.context.listSessions()).map(toWireSession) };
    },
  },
  {
    method: "DELETE",
    path: "sessions/{id}",
    failure: "Failed to end the session.",
    async handle(call) {
      await callerOf(call);
      await call.body();
      if (await call.context.endSession(call.id)) return null;
      throw new AnonError("not_found", "Cannot end this session: the caller has none with this id");
    },
  },
];
