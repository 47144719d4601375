/** The routes of records. A caller sees only its own record. */
import { AnonError } from "../../errors.ts";
import { changePassword } from "../../operations/change-password.ts";
import { register } from "../../operations/register.ts";
import { update } from "../../operations/update.ts";
import { fieldError } from "../wire-error.ts";
import { type ApiCall, callerOf, ownerOf, type Route } from "./api-call.ts";
import { changes, confirmedPassword, registration, strategyOf, textOf, wrongPassword } from "./record-input.ts";
import { toWireRecord, type WireRecord } from "./wire-record.ts";

export const RECORD_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "records",
    failure: "Failed to create record.",
    describe: {
      summary: "Register an account, without signing in",
      access: "anyone",
      body: ["email", "password", "passwordConfirm", "username?", "…"],
      returns: "Record",
      limited: true,
    },
    async handle({ http, collection, client, body }) {
      const record = await register(http.engine, { collection, ...registration(await body()) }, client);
      return toWireRecord(record);
    },
  },
  {
    method: "POST",
    path: "convert",
    failure: "Failed to convert record.",
    describe: {
      summary: "Make the guest a registered account",
      access: "caller",
      body: ["email", "password", "passwordConfirm", "username?", "…"],
      returns: "Auth",
      limited: true,
    },
    async handle(call) {
      await callerOf(call);
      return call.context.convert(registration(await call.body()));
    },
  },
  {
    method: "POST",
    path: "merge",
    failure: "Failed to merge the records.",
    describe: {
      summary: "Merge the guest into the account of a token",
      access: "caller",
      body: ["token", "strategy?"],
      returns: "Auth",
    },
    async handle(call) {
      await callerOf(call);
      const body = await call.body();
      const token = textOf(body, "token");
      const strategy = strategyOf(body);
      return call.context.merge(token, { strategy }).catch(wrongToken);
    },
  },
  {
    method: "GET",
    path: "records/{id}",
    failure: "Failed to show record.",
    describe: { summary: "Show the record", access: "owner", returns: "Record" },
    handle: async (call) => toWireRecord((await ownerOf(call)).record),
  },
  {
    method: "PATCH",
    path: "records/{id}",
    failure: "Failed to update record.",
    describe: {
      summary: "Change own fields, or the password",
      access: "owner",
      body: ["oldPassword?", "password?", "passwordConfirm?", "…"],
      returns: "Record",
      limited: true,
    },
    handle: updateOwn,
  },
  {
    method: "DELETE",
    path: "records/{id}",
    failure: "Failed to delete record.",
    describe: { summary: "Delete the account", access: "owner" },
    handle: deleteOwn,
  },
];

/** The caller's own token was valid, so the wrong one is that in the body. */
function wrongToken(error: unknown): never {
  if (!(error instanceof AnonError) || error.code !== "invalid_token") throw error;
  throw fieldError("token", "validation_invalid_token", "Invalid or expired token.");
}

async function updateOwn(call: ApiCall): Promise<WireRecord> {
  const { token, record: present } = await ownerOf(call);
  const { http } = call;
  const body = changes(await call.body(), present);
  if (!("password" in body)) return toWireRecord(await update(http.engine, token, body));
  const { oldPassword: _old, password: _password, passwordConfirm: _confirm, ...data } = body;
  // two changes are two writes: the second could be refused after the first was done
  if (Object.keys(data).length > 0) throw fieldError("password", "validation_alone", "Change a password on its own.");
  const input = { oldPassword: textOf(body, "oldPassword"), password: confirmedPassword(body) };
  const record = await changePassword(http.engine, token, input, call.client).catch(wrongPassword("oldPassword"));
  return toWireRecord(record);
}

async function deleteOwn(call: ApiCall): Promise<null> {
  await ownerOf(call);
  await call.body();
  await call.context.deleteAccount();
  return null;
}
