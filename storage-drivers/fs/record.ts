/** What is inside the file of a key: a line of header with the format and the due time, then the exact value. */
import type { StoredEntry } from "../../sdk/storage/port.ts";
import { DriverError } from "../shared/driver-error.ts";

const HEADER = /^anon1 (-|-?\d{1,16})\n/;

/** A header is never longer than this. */
export const HEADER_BYTES = 32;

/** The text of a file. Value and due time share it, so that one rename changes both. */
export function formatRecord(value: string, due: number | null): string {
  return `anon1 ${due ?? "-"}\n${value}`;
}

/** Reads the due time of a header; `undefined` when it is not one. */
export function parseHeader(text: string): number | null | undefined {
  const due = HEADER.exec(text)?.[1];
  return due === undefined ? undefined : due === "-" ? null : Number(due);
}

/** What is in the text of a whole file. */
export function parseRecord(text: string, key: string, path: string): StoredEntry {
  const due = parseHeader(text);
  if (due === undefined) {
    throw new DriverError(
      "corrupt",
      `Cannot read ${JSON.stringify(key)}: ${path} has no header of this driver, restore it from a backup or remove it`,
    );
  }
  return { value: text.slice(text.indexOf("\n") + 1), due };
}

/** The value in the text of a whole file. */
export function parseValue(text: string, key: string, path: string): string {
  return parseRecord(text, key, path).value;
}
