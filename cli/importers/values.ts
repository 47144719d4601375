/** Values as exports of other systems spell them. An empty text of a CSV file is a missing value. */
import { AnonError } from "../../sdk/errors.ts";

export type Row = Record<string, unknown>;

export function isObject(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws {AnonError} `invalid_data` for a whole number that was rounded when it was read: it may be another person's id */
export function textOf(value: unknown): string | undefined {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new AnonError(
      "invalid_data",
      "Cannot read on: a number has more digits than JavaScript keeps, export it as text",
    );
  }
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** JSON, PostgreSQL's CSV (`t`), SQLite (1) and spreadsheets (`TRUE`) spell it differently. */
export function flagOf(value: unknown): boolean {
  return value === true || (textOf(value) !== undefined && /^(?:true|t|yes|1)$/i.test(String(value)));
}

/** A JSON object, or the text of one. */
export function objectOf(value: unknown): Row | undefined {
  if (isObject(value)) return value;
  if (typeof value !== "string" || value === "") return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a flag is anything but missing or false: an account that may be closed must not be opened by an import. */
export function mayBeSet(value: unknown): boolean {
  return !/^(?:false|f|no|0)?$/i.test(String(value ?? ""));
}

/** `2024-05-06 07:08:09.123456+00`, as PostgreSQL, SQLite and PocketBase write a time; without a zone it is UTC. */
const SQL_TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?) ?(Z|[+-]\d\d(?::?\d\d)?)?$/;

// seconds and milliseconds up to the year 5138, milliseconds and microseconds from 1973 on
const FIRST_MILLISECONDS = 1e11;
const FIRST_MICROSECONDS = 1e14;

/**
 * A time in the form that `importAccount` accepts. A number is seconds, milliseconds or microseconds since the epoch, 0 is no
 * time. What is no time is returned as it is, to be refused with its account.
 */
export function timeOf(value: unknown): string | Date | undefined {
  if (value instanceof Date) return value;
  const text = textOf(value);
  if (text === undefined || /^0+$/.test(text)) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) {
    const number = Number(text);
    if (number < FIRST_MILLISECONDS) return new Date(number * 1_000);
    return new Date(number < FIRST_MICROSECONDS ? number : number / 1_000);
  }
  const [, date, time, zone = "Z"] = SQL_TIME.exec(text) ?? [];
  if (date === undefined) return text;
  const offset = zone.length === 3 ? `${zone}:00` : zone.replace(/^([+-]\d\d)(\d\d)$/, "$1:$2");
  return `${date}T${time}${offset}`;
}

/** The latest of times, without those that are missing. */
export function latestOf(...times: (string | Date | undefined)[]): string | Date | undefined {
  const given = times.filter((time) => time !== undefined);
  return given.reduce<string | Date | undefined>(
    (latest, time) => (latest === undefined || new Date(time).getTime() > new Date(latest).getTime() ? time : latest),
    undefined,
  );
}

/** The given properties that have a value; `undefined` if none has. */
export function ownFields(fields: Row): Row | undefined {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/** The columns that `--fields` names. */
export function picked(row: Row, names: readonly string[]): Row {
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}

/** What some systems list as a provider, and is a password, a mail or a phone number. */
const NO_IDENTITY: readonly string[] = ["email", "phone", "password", "credential", "anonymous"];

/**
 * The provider of an identity as applications usually name it: `google` for `google.com`, and `sso.1` for `sso:1`, because no
 * provider has a colon here. `null` if it is none.
 */
export function providerOf(name: string): string | null {
  return NO_IDENTITY.includes(name)
    ? null
    : name
        .toLowerCase()
        .replace(/\.com$/, "")
        .replaceAll(":", ".");
}

/** Rows by a text of theirs. */
export function grouped(rows: readonly Row[], keyOf: (row: Row) => string | undefined): Map<string | undefined, Row[]> {
  const groups = new Map<string | undefined, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}
