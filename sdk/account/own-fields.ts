/** The application's own fields: which values are accepted, and the schema. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { OwnFields } from "../contract/records.ts";
import { AnonError, type FieldIssue } from "../errors.ts";

// the record's own names, those of the wire and of the credentials, and those with a meaning to JavaScript
const RESERVED: ReadonlySet<string> = new Set([
  ...["id", "collectionId", "collectionName", "email", "emailVisibility", "username", "verified", "anonymous"],
  ...["created", "updated", "mergedFrom", "expand", "token", "tokenKey", "password", "passwordConfirm", "oldPassword"],
  ...["__proto__", "constructor", "prototype", "hasOwnProperty", "toString", "valueOf", "toJSON"],
]);

const MAXIMUM_DEPTH = 32;

// JSON of 256 KB holds no more; without a bound, objects that share others grow exponentially when they are written out
const MAXIMUM_VALUES = 131_072;

/**
 * Own fields after a change: `patch` over `current`, where `undefined` removes a field, validated by the schema.
 *
 * @throws {AnonError} `reserved_field` for a built-in name, `invalid_data` for values that are no JSON or fail the
 * schema
 */
export async function changeOwnFields(
  current: OwnFields,
  patch: OwnFields | undefined,
  schema: StandardSchemaV1 | undefined,
): Promise<OwnFields> {
  if (patch !== undefined) checkNames(patch);
  const merged: OwnFields = { ...current, ...patch };
  // before the schema: it may refuse a field that is there without a value
  dropUndefined(merged);
  const fields = schema ? await validated(schema, merged) : merged;
  const issue = firstUnstorable(fields, "", 0, { left: MAXIMUM_VALUES });
  if (issue) throw invalid([issue]);
  dropUndefined(fields);
  return fields;
}

function dropUndefined(fields: OwnFields): void {
  for (const name of Object.keys(fields)) if (fields[name] === undefined) delete fields[name];
}

function checkNames(fields: OwnFields): void {
  if (!isPlain(fields)) throw invalid([{ path: "", message: "must be a plain object" }]);
  // an own property called __proto__, as JSON.parse makes it, is listed here like any other
  for (const name of Object.keys(fields)) {
    if (RESERVED.has(name)) {
      throw new AnonError("reserved_field", `Cannot set own field "${name}": the name is built in, choose another`, {
        issues: [{ path: name, message: "the name is built in" }],
      });
    }
  }
}

async function validated(schema: StandardSchemaV1, fields: OwnFields): Promise<OwnFields> {
  const result = await schema["~standard"].validate(fields);
  if (result.issues) {
    throw invalid(
      result.issues.map((issue) => ({
        path: (issue.path ?? []).map((part) => String(typeof part === "object" ? part.key : part)).join("."),
        message: issue.message,
      })),
    );
  }
  const output = result.value as OwnFields;
  checkNames(output);
  return { ...output };
}

/** The first value that JSON would drop or change: a record must be read as it was written. */
function firstUnstorable(value: unknown, path: string, depth: number, budget: { left: number }): FieldIssue | null {
  if (--budget.left < 0) {
    throw new AnonError("record_too_large", `Cannot store these own fields: they hold over ${MAXIMUM_VALUES} values`);
  }
  if (value === null || typeof value === "string" || typeof value === "boolean") return null;
  if (typeof value === "number") return Number.isFinite(value) ? null : { path, message: "must be a finite number" };
  if (typeof value !== "object") {
    return value === undefined && depth === 1 ? null : { path, message: `must be JSON, not ${typeof value}` };
  }
  if (depth >= MAXIMUM_DEPTH) return { path, message: `must not be nested deeper than ${MAXIMUM_DEPTH} levels` };
  if (!Array.isArray(value) && !isPlain(value)) {
    return { path, message: `must be JSON, not an instance of ${value.constructor?.name ?? "a class"}` };
  }
  // keys() of an array has its holes too, which JSON would turn into null
  for (const name of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    const entry = (value as Record<string | number, unknown>)[name];
    const inner = path === "" ? String(name) : `${path}.${name}`;
    if (name === "__proto__") return { path: inner, message: "must not be called __proto__" };
    const issue = firstUnstorable(entry, inner, depth + 1, budget);
    if (issue) return issue;
  }
  return null;
}

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function invalid(issues: FieldIssue[]): AnonError {
  const [first] = issues;
  const where = first?.path ? `own field "${first.path}" ` : "own fields ";
  return new AnonError("invalid_data", `Cannot store these own fields: ${where}${first?.message ?? "are invalid"}`, {
    issues,
  });
}
