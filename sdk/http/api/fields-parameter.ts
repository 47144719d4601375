/** The query parameter `fields` of PocketBase: which fields of the reply to send. */
import { WireError } from "../wire-error.ts";

// longer than the names of a hundred fields
const MAXIMUM_LENGTH = 4_096;

/** What is asked for at one level, by the parts of the paths: as many steps as a name is long, however many paths there are. */
export interface Picked {
  /** A path ends here: all that is below is asked for. */
  whole: boolean;
  below: Map<string, Picked>;
}

/**
 * The paths in `fields=id,email,record.*`; `null` without the parameter, which means all fields.
 *
 * @throws {WireError} 400 for a field modifier (`:excerpt`), which this API does not have
 */
export function fieldsOf({ searchParams }: URL): Picked | null {
  const text = searchParams.get("fields")?.trim() ?? "";
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

/** `body` with these fields alone. Unknown ones are left out; in an array each element is picked from. */
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

/** What is asked for of a field. Its name may hold dots itself. */
function find(fields: Picked, name: string): Picked | undefined {
  let at: Picked | undefined = fields;
  for (const part of name.split(".")) at = at?.below.get(part);
  return at;
}

function refused(message: string): WireError {
  return new WireError(400, "", { fields: { code: "validation_invalid_fields", message } });
}
