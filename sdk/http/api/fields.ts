/** The query parameter `fields` of PocketBase: which fields of the reply to send. */
import { WireError } from "./wire-error.ts";

// longer than the names of a hundred fields
const MAXIMUM_LENGTH = 4_096;

/**
 * The paths in `fields=id,email,record.*`; `null` without the parameter, which means all fields.
 *
 * @throws {WireError} 400 for a field modifier (`:excerpt`), which this API does not have
 */
export function fieldsOf({ searchParams }: URL): string[] | null {
  const text = searchParams.get("fields")?.trim() ?? "";
  if (text === "") return null;
  if (text.length > MAXIMUM_LENGTH) throw refused(`Use ${MAXIMUM_LENGTH} characters at most.`);
  if (text.includes(":")) throw refused("Field modifiers such as :excerpt are not supported, ask for the whole field.");
  return text.split(",").map((path) => path.trim());
}

/** `body` with these fields alone. Unknown ones are left out; in an array each element is picked from. */
export function pick(body: unknown, paths: readonly string[]): unknown {
  if (Array.isArray(body)) return body.map((element) => pick(element, paths));
  if (typeof body !== "object" || body === null) return body;
  const all = paths.includes("*");
  const picked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    const own = paths.filter((path) => path === name || path.startsWith(`${name}.`));
    if (own.length === 0 && !all) continue;
    const whole = own.length === 0 || own.includes(name);
    picked[name] = whole
      ? value
      : pick(
          value,
          own.map((path) => path.slice(name.length + 1)),
        );
  }
  return picked;
}

function refused(message: string): WireError {
  return new WireError(400, "", { fields: { code: "validation_invalid_fields", message } });
}
