/** What requests send: texts, passwords, the fields of a new record and of an update. */
import type { MergeStrategy } from "../../contract/merge.ts";
import type { AnonRecord, ConvertInput } from "../../contract/records.ts";
import { AnonError } from "../../errors.ts";
import { WireError } from "../wire-error.ts";

/** PocketBase reads these names as "add to" and "take from" a field: stored as names they would lose what was meant. */
export function withoutModifiers(body: Record<string, unknown>): Record<string, unknown> {
  for (const name of Object.keys(body)) {
    if (!/^\+|[+-]$/.test(name)) continue;
    throw fieldError(
      name,
      "validation_unsupported_modifier",
      "Modifiers (+, -) are not supported, send the new value.",
    );
  }
  return body;
}

/** A text in the body, which the SDK checks; what is missing is refused here as the wire has it. */
export function textOf(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  if (value === undefined || value === null || value === "") {
    throw fieldError(name, "validation_required", "Cannot be blank.");
  }
  if (typeof value !== "string") throw fieldError(name, "validation_invalid_value", "Must be a text.");
  return value;
}

/** The password in the body, which has to be there twice. */
export function confirmedPassword(body: Record<string, unknown>): string {
  const password = textOf(body, "password");
  if (textOf(body, "passwordConfirm") !== password) {
    throw fieldError("passwordConfirm", "validation_values_mismatch", "Values don't match.");
  }
  return password;
}

/** Of a wrong password among other input the field is named; of a login nothing is. */
export function wrongPassword(field: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof AnonError) || error.code !== "invalid_credentials") throw error;
    throw fieldError(field, "validation_invalid_password", "Missing or invalid password.");
  };
}

function fieldError(name: string, code: string, message: string): WireError {
  return new WireError(400, "", { [name]: { code, message } });
}

/** What registers an account, out of a body. */
export function registration(body: Record<string, unknown>): ConvertInput<Record<string, unknown>> {
  const { email: _email, password: _password, passwordConfirm: _confirm, username, ...data } = body;
  // clients send it along, and an email is visible to its owner alone whatever it says
  delete data.emailVisibility;
  return {
    email: textOf(body, "email"),
    password: confirmedPassword(body),
    username: username === undefined || username === "" ? undefined : textOf(body, "username"),
    data,
  };
}

/** What PocketBase ignores in an update, whatever it is: a client's copy of a record may be older than the record. */
const IGNORED = ["collectionId", "collectionName", "created", "updated", "emailVisibility", "expand"];

/** What an update may hold only as it is. */
const UNCHANGED = ["id", "email", "username", "verified", "anonymous"] as const;

/** An update without what a client sends along when it sends the whole record back. */
export function changes(body: Record<string, unknown>, record: AnonRecord): Record<string, unknown> {
  const changed = { ...body };
  for (const name of IGNORED) delete changed[name];
  for (const name of UNCHANGED) {
    if (changed[name] !== undefined && changed[name] !== record[name]) throw unchangeable(name);
    delete changed[name];
  }
  return changed;
}

function unchangeable(name: string): WireError {
  const issue =
    name === "id"
      ? { code: "validation_pk_change", message: "The record primary key cannot be changed." }
      : { code: "validation_values_mismatch", message: "Values don't match." };
  return new WireError(400, "", { [name]: issue });
}

/** How a browser may ask to merge. */
export function strategyOf(strategy: string | undefined): { strategy?: MergeStrategy } {
  if (strategy === undefined) return {};
  if (strategy === "keep-account" || strategy === "keep-anonymous") return { strategy };
  // what else there is, is the application's to choose
  const message = "Use keep-account or keep-anonymous.";
  throw new WireError(400, "", { strategy: { code: "validation_in_invalid", message } });
}
