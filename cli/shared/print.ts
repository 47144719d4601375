/** Results as text for people, without characters that a terminal obeys. */
import type { BaseRecord } from "../../sdk/contract/records.ts";
import { printable } from "./errors.ts";
import { fitted } from "./fitted.ts";

/** `name  value`, one per line. Values are cut to a terminal of `columns`; leave it out for what is shown only once. */
export function table(values: object, columns?: number): string {
  const width = Math.max(...Object.keys(values).map((name) => printable(name).length));
  return Object.entries(values)
    .map(([name, value]) => [printable(name).padEnd(width), ...fitted([show(value)], columns, width + 2)].join("  "))
    .join("\n");
}

/** The same on one line: `name value, name value`. */
export function line(values: object): string {
  return Object.entries(values)
    .map(([name, value]) => `${printable(name)} ${show(value)}`)
    .join(", ");
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

/** The values on one line, the longest cut to a terminal of `columns`. */
export function cells(values: object, columns?: number): string {
  return fitted(Object.values(values).map(show), columns).join("  ");
}

/** An account on one line, with the longest cells cut to a terminal of `columns`, but not the id, which is typed again. */
export function row({ id, anonymous, created, email, username }: BaseRecord, columns?: number): string {
  const first = show(id);
  const cells = [anonymous ? "anonymous " : "registered", created, email, username].map(show);
  return [first, ...fitted(cells, columns, first.length + 2)].join("  ");
}
