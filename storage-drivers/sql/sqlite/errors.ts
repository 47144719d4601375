/** What SQLite reports, whichever library reports it. */
import { DriverError, type DriverErrorCode } from "../../shared/driver-error.ts";

/** The primary result codes that mean something to a caller. */
const NAMES: Readonly<Record<number, string>> = {
  3: "PERM",
  5: "BUSY",
  6: "LOCKED",
  8: "READONLY",
  10: "IOERR",
  11: "CORRUPT",
  13: "FULL",
  14: "CANTOPEN",
  18: "TOOBIG",
  23: "AUTH",
  26: "NOTADB",
};

const MEANINGS: Readonly<Record<string, readonly [DriverErrorCode, string]>> = {
  PERM: ["denied", "the permissions of the file or its directory forbid it, correct them"],
  AUTH: ["denied", "the connection has no right to do this, use one that has"],
  READONLY: ["denied", "the file or its directory is read-only, make both writable"],
  BUSY: ["locked", "another connection has been writing for too long, find it or raise `timeout`"],
  LOCKED: ["locked", "another connection has been writing for too long, find it or raise `timeout`"],
  FULL: ["full", "the disk or the database is full, make room"],
  TOOBIG: ["invalid_value", "the value is larger than the database allows, store less"],
  CORRUPT: ["corrupt", "the file is damaged, restore a backup"],
  NOTADB: ["corrupt", "the file is not a SQLite database, name another one"],
  CANTOPEN: ["unavailable", "the file cannot be opened, check its path and the permissions of its directory"],
  IOERR: ["unavailable", "the disk failed to read or write, check it"],
};

/** Deno's `exec`, and its opening of a file, report SQLite's text without the code. */
const TEXTS: Readonly<Record<string, string>> = {
  "access permission denied": "PERM",
  "database is locked": "BUSY",
  "database table is locked": "LOCKED",
  "attempt to write a readonly database": "READONLY",
  "disk I/O error": "IOERR",
  "database disk image is malformed": "CORRUPT",
  "database or disk is full": "FULL",
  "unable to open database file": "CANTOPEN",
  "string or blob too big": "TOOBIG",
  "file is not a database": "NOTADB",
};

/** The primary result code of an error, such as `BUSY`; `null` if SQLite did not report it. */
function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { errcode, errno, code } = error as { errcode?: unknown; errno?: unknown; code?: unknown };
  // node:sqlite has errcode, bun:sqlite errno, both with the extended code in the upper bits
  const number = typeof errcode === "number" ? errcode : error.name === "SQLiteError" ? errno : undefined;
  if (typeof number === "number") return NAMES[number & 0xff] ?? "ERROR";
  if (code === "ERR_SQLITE_ERROR") {
    return Object.entries(TEXTS).find(([text]) => error.message.startsWith(text))?.[1] ?? "ERROR";
  }
  // better-sqlite3 and libSQL have it as their code, D1 in its message
  const name = /SQLITE_([A-Z]+)/.exec(typeof code === "string" ? code : "") ?? /SQLITE_([A-Z]+)/.exec(error.message);
  return name?.[1] ?? null;
}

/** Whether another connection was writing; the statement was not executed. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  return code === "BUSY" || code === "LOCKED";
}

/** The DriverError for a failed statement. Only SQLite's own words are shown: they hold no values. */
export function toDriverError(error: unknown, where: string): DriverError {
  if (error instanceof DriverError) return error;
  const code = codeOf(error);
  const [meaning, advice] = (code !== null && MEANINGS[code]) || [];
  if (meaning)
    return new DriverError(meaning, `Cannot use SQLite at ${where}: ${advice} (SQLITE_${code})`, { cause: error });
  const reason = error instanceof Error ? error.message : String(error);
  return new DriverError("unavailable", `Cannot use SQLite at ${where}: ${reason}`, { cause: error });
}
