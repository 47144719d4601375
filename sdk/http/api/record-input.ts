/** Reads the input of requests: texts, passwords, the fields of a new record and of an update. */
import type { MergeStrategy } from "../../contract/merge.ts";
import type { AnonRecord, ConvertInput } from "../../contract/records.ts";
import { AnonError } from "../../errors.ts";
import { fieldError, type WireError } from "../wire-error.ts";

/** Refuses names that PocketBase reads as "add to" or "remove from" a field. Stored, they would be new fields. */
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

/** A required text in the body. The SDK checks its content. */
export function textOf(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  if (value === undefined || value === null || value === "") {
    throw fieldError(name, "validation_required", "Cannot be blank.");
  }
  if (typeof value !== "string") throw fieldError(name, "validation_invalid_value", "Must be a text.");
  return value;
}

/** The password in the body, which must be there twice. */
export function confirmedPassword(body: Record<string, unknown>): string {
  const password = textOf(body, "password");
  if (textOf(body, "passwordConfirm") !== password) {
    throw fieldError("passwordConfirm", "validation_values_mismatch", "Values don't match.");
  }
  return password;
}

/** Reports a wrong password as an error of its field. A sign-in does not: its error names no field. */
export function wrongPassword(field: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof AnonError) || error.code !== "invalid_credentials") throw error;
    throw fieldError(field, "validation_invalid_password", "Missing or invalid password.");
  };
}

/** The username in the body; clients send an empty one for none. */
export function usernameOf(body: Record<string, unknown>): string | undefined {
  return body.username === undefined || body.username === "" ? undefined : textOf(body, "username");
}

/** The input of a registration. */
export function registration(body: Record<string, unknown>): ConvertInput<Record<string, unknown>> {
  const { email: _email, password: _password, passwordConfirm: _confirm, username: _username, ...data } = body;
  // clients send it, but only its owner sees an email
  delete data.emailVisibility;
  return {
    email: textOf(body, "email"),
    password: confirmedPassword(body),
    username: usernameOf(body),
    data,
  };
}

/** Fields that PocketBase ignores in an update: a client's copy of a record may be older than the record. */
const IGNORED = ["collectionId", "collectionName", "created", "updated", "emailVisibility", "expand"];

/** Fields that an update may contain only with their present value. */
const UNCHANGED = ["id", "email", "username", "verified", "anonymous"] as const;

/** The changes of an update: a client may send the whole record back. */
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
  if (name === "id") return fieldError(name, "validation_pk_change", "The record primary key cannot be changed.");
  return fieldError(name, "validation_values_mismatch", "Values don't match.");
}

/** The strategy of a merge. Only the application may choose the others. */
export function strategyOf(body: Record<string, unknown>): MergeStrategy | undefined {
  if (body.strategy === undefined) return undefined;
  const strategy = textOf(body, "strategy");
  if (strategy === "keep-account" || strategy === "keep-anonymous") return strategy;
  throw fieldError("strategy", "validation_in_invalid", "Use keep-account or keep-anonymous.");
}
