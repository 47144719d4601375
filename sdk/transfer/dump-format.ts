/**
 * The lines of a dump: a header, one entry a line, and a line with the number of entries, without which it was cut off, and how many
 * could not be read.
 */
import { AnonError } from "../errors.ts";
import { parseKey } from "../storage/keys.ts";
import type { KeyedEntry } from "./entries.ts";

const VERSION = 1;

/** The first line. */
export interface DumpHeader {
  dump: "anon-accounts";
  version: typeof VERSION;
  /** ISO 8601. */
  created: string;
  /** `null`: all. */
  collection: string | null;
}

/** The last line. */
interface DumpEnd {
  end: true;
  entries: number;
  /** How many entries of the storage are not in the dump. */
  failed: number;
}

export function headerLine(collection: string | undefined, now: number): string {
  const created = new Date(now).toISOString();
  const header: DumpHeader = { dump: "anon-accounts", version: VERSION, created, collection: collection ?? null };
  return `${JSON.stringify(header)}\n`;
}

export function entryLine({ key, value, due }: KeyedEntry): string {
  return `${JSON.stringify({ key, value, due })}\n`;
}

export function endLine(entries: number, failed: number): string {
  return `${JSON.stringify({ end: true, entries, failed } satisfies DumpEnd)}\n`;
}

/** @throws {AnonError} `invalid_options` for what is no dump, or one of a later version */
export function readHeader(line: string): DumpHeader {
  const { dump, version } = (parse(line) ?? {}) as Partial<Record<keyof DumpHeader, unknown>>;
  if (dump !== "anon-accounts") {
    throw new AnonError("invalid_options", "Cannot load this: its first line is not that of a dump");
  }
  if (version === VERSION) return parse(line) as DumpHeader;
  throw new AnonError("invalid_options", `Cannot load a dump of version ${String(version)}: update anon-accounts`);
}

/** What a line after the header is; `null` if it is neither an entry nor the end. */
export function readLine(line: string): KeyedEntry | DumpEnd | null {
  const {
    key,
    value,
    due,
    end,
    entries,
    failed = 0,
  } = (parse(line) ?? {}) as Partial<Record<keyof (KeyedEntry & DumpEnd), unknown>>;
  if (end === true && isCount(entries) && isCount(failed)) return { end, entries, failed };
  if (typeof key !== "string" || parseKey(key) === null || typeof value !== "string") return null;
  if (due !== null && !Number.isSafeInteger(due)) return null;
  return { key, value, due: due as number | null };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
