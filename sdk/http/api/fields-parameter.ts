/** PocketBase's query parameter `fields`: which fields of the response to send. */
import { fieldError, type WireError } from "../wire-error.ts";

// longer than the names of a hundred fields
const MAXIMUM_LENGTH = 4_096;

/** The requested fields at one level of the paths, as a tree: a lookup does not depend on the number of paths. */
export interface Picked {
  /** Whether a path ends here: then everything below is requested. */
  whole: boolean;
  below: Map<string, Picked>;
}

/**
 * The paths in `fields=id,email,record.*`; `null` without the parameter, which means all fields.
 *
 * @throws {WireError} 400 for a field modifier (`:excerpt`), which this API does not have
 */
export function fieldsOf(query: URLSearchParams): Picked | null {
  const text = query.get("fields")?.trim() ?? "";
  if (text === "") return null;
  if (text.length > MAXIMUM_LENGTH) throw refused(`Use ${MAXIMUM_LENGTH} characters at most.`);
  if (text.includes(":")) throw refused("Field modifiers such as :excerpt are not supported, ask for the whole field.");
  const top: Picked = { whole: false, below: new Map() };
  for (const path of text.split(",")) {
    let at = top;
    for (const part of path.trim().split(".")) {
      const next = at.below.get(part) ?? { whole: false, below: new Map() };
      at.below.set(part, next);
      at = next;
    }
    at.whole = true;
  }
  return top;
}

/** `body` with only these fields, also in each element of an array. Unknown fields are left out. */
export function pick(body: unknown, fields: Picked): unknown {
  if (Array.isArray(body)) return body.map((element) => pick(element, fields));
  if (typeof body !== "object" || body === null) return body;
  const all = fields.below.get("*")?.whole === true;
  const picked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    const own = find(fields, name);
    if (own) picked[name] = own.whole ? value : pick(value, own);
    else if (all) picked[name] = value;
  }
  return picked;
}

/** The request for one field, whose name may contain dots. */
function find(fields: Picked, name: string): Picked | undefined {
  let at: Picked | undefined = fields;
  for (const part of name.split(".")) at = at?.below.get(part);
  return at;
}

function refused(message: string): WireError {
  return fieldError("fields", "validation_invalid_fields", message);
}
