/** The routes of records: a caller sees its own and no other. */
import { AnonError } from "../../errors.ts";
import { changePassword } from "../../operations/change-password.ts";
import { register } from "../../operations/register.ts";
import { update } from "../../operations/update.ts";
import { WireError } from "../wire-error.ts";
import { type ApiCall, callerOf, ownerOf, type Route } from "./api-call.ts";
import { changes, confirmedPassword, registration, strategyOf, textOf, wrongPassword } from "./record-input.ts";
import { toWireAuth, toWireRecord, type WireRecord } from "./wire-record.ts";

export const RECORD_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "records",
    failure: "Failed to create record.",
    async answer({ http, collection, client, body }) {
      const record = await register(http.engine, { collection, ...registration(await body()) }, client);
      return toWireRecord(record);
    },
  },
  {
    method: "POST",
    path: "convert",
    failure: "Failed to convert record.",
    async answer(call) {
      await callerOf(call);
      return toWireAuth(await call.context.convert(registration(await call.body())));
    },
  },
  {
    method: "POST",
    path: "merge",
    failure: "Failed to merge the records.",
    async answer(call) {
      await callerOf(call);
      const body = await call.body();
      const token = textOf(body, "token");
      const strategy = body.strategy === undefined ? undefined : textOf(body, "strategy");
      return toWireAuth(await call.context.merge(token, strategyOf(strategy)).catch(foreignToken));
    },
  },
  {
    method: "GET",
    path: "records/{id}",
    failure: "Failed to show record.",
    answer: async (call) => toWireRecord((await ownerOf(call)).record),
  },
  {
    method: "PATCH",
    path: "records/{id}",
    failure: "Failed to update record.",
    answer: updateOwn,
  },
  {
    method: "DELETE",
    path: "records/{id}",
    failure: "Failed to delete record.",
    answer: deleteOwn,
  },
];

/** The caller's own token was good: it is the other one. */
function foreignToken(error: unknown): never {
  if (!(error instanceof AnonError) || error.code !== "invalid_token") throw error;
  throw new WireError(400, "", { token: { code: "validation_invalid_token", message: "Invalid or expired token." } });
}

async function updateOwn(call: ApiCall): Promise<WireRecord> {
  const { token, record: present } = await ownerOf(call);
  const { http } = call;
  const body = changes(await call.body(), present);
  if (!("password" in body)) return toWireRecord(await update(http.engine, token, body));
  const { oldPassword: _old, password: _password, passwordConfirm: _confirm, ...data } = body;
  // two writes would not be one: half of the request could be refused after the other half was done
  if (Object.keys(data).length > 0) {
    throw new WireError(400, "", { password: { code: "validation_alone", message: "Change a password on its own." } });
  }
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
