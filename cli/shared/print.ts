/** Results for people: names and values, nothing a terminal would obey. */
import type { BaseRecord } from "../../sdk/contract/records.ts";
import { printable } from "./errors.ts";

// nearly all records are of these, and for them the other test is spared
const PLAIN = /^[\n\x20-\x7e]*$/;

/**
 * JSON without a character that a terminal obeys or a reader does not see: control characters, line separators, and what
 * turns the direction of text. JSON spells any of them as \uXXXX, so what it parses to stays the same.
 */
export function escapedJson(value: unknown, indented = false): string {
  const text = JSON.stringify(value, null, indented ? 2 : 0);
  if (PLAIN.test(text)) return text;
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === "\n" ? character : unitsOf(character),
  );
}

function unitsOf(character: string): string {
  return Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
    .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
    .join("");
}

/** `name  value`, one a line. */
export function table(values: Record<string, unknown>): string {
  const width = Math.max(...Object.keys(values).map((name) => printable(name).length));
  return Object.entries(values)
    .map(([name, value]) => `${printable(name).padEnd(width)}  ${show(value)}`)
    .join("\n");
}

/** The values under names that begin with `prefix`. */
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
