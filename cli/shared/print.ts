/** Results as JSON and as text, without characters that a terminal obeys. */
import type { BaseRecord } from "../../sdk/contract/records.ts";
import { printable } from "./errors.ts";

// nearly all records have only these characters, and skip the slower replacement
const PLAIN = /^[\n\x20-\x7e]*$/;

/**
 * JSON without characters that a terminal obeys or a reader does not see: control and format characters, and line separators.
 * They are written as \uXXXX, which JSON parses to the same text.
 */
export function escapedJson(value: unknown, indented = false): string {
  const text = JSON.stringify(value, null, indented ? 2 : 0);
  if (PLAIN.test(text)) return text;
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === "\n" ? character : character.split("").map(escaped).join(""),
  );
}

/** `name  value`, one per line. */
export function table(values: object): string {
  const width = Math.max(...Object.keys(values).map((name) => printable(name).length));
  return Object.entries(values)
    .map(([name, value]) => `${printable(name).padEnd(width)}  ${show(value)}`)
    .join("\n");
}

/** The same values under names with a prefix. */
export function prefixed(prefix: string, values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}

function show(value: unknown): string {
  return printable(typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
}

/** An account on one line. */
export function row({ id, anonymous, created, email, username }: BaseRecord): string {
  return [id, anonymous ? "anonymous " : "registered", created, email, username].map(show).join("  ");
}
