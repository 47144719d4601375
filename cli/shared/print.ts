/** Results as text for people, without characters that a terminal obeys. */
import type { BaseRecord } from "../../sdk/contract/records.ts";
import { printable } from "./errors.ts";

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

/** The values that are neither 0 nor `false`. */
export function withoutZeros(values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== 0 && value !== false));
}

function show(value: unknown): string {
  return printable(typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
}

/** An account on one line. */
export function row({ id, anonymous, created, email, username }: BaseRecord): string {
  return [id, anonymous ? "anonymous " : "registered", created, email, username].map(show).join("  ");
}
