/** Results for people: names and values, nothing a terminal would obey. */
import type { BaseRecord } from "../../sdk/types.ts";
import { printable } from "./errors.ts";

/** `name  value`, one a line. */
export function table(values: Record<string, unknown>): string {
  const width = Math.max(...Object.keys(values).map((name) => printable(name).length));
  return Object.entries(values)
    .map(([name, value]) => `${printable(name).padEnd(width)}  ${show(value)}`)
    .join("\n");
}

function show(value: unknown): string {
  return printable(typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
}

/** An account on one line. */
export function row({ id, anonymous, created, email, username }: BaseRecord): string {
  return [id, anonymous ? "anonymous " : "registered", created, email, username].map(show).join("  ");
}
