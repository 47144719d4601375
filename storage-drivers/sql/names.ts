/** The names in the database that belong to one storage. */
import { DriverError } from "../shared/driver-error.ts";

export interface Names {
  /** Keys, values and due times. */
  table: string;
  /** The index of the due queue. */
  index: string;
  /** Counts of limits. */
  counters: string;
  /** The index of the times at which counts end. */
  ends: string;
  /** The version of the schema. */
  schema: string;
  /** The accounts, with a column for each field. */
  view: string;
}

/** 63 bytes is the longest name in PostgreSQL, and `_counters` is the longest ending. */
const TABLE = /^(?:[a-z_][a-z0-9_]{0,62}\.)?[a-z_][a-z0-9_]{0,53}$/;

/**
 * The names of the storage whose table is `table`; `auth.anon_accounts` is in the schema `auth`. The view of
 * `…accounts` is `…users`.
 */
export function namesOf(table: string): Names {
  if (typeof table !== "string" || !TABLE.test(table)) {
    throw new DriverError(
      "invalid_option",
      "Cannot use this table: use up to 54 of [a-z0-9_], optionally after the name of a schema and a dot",
    );
  }
  const dot = table.lastIndexOf(".") + 1;
  const own = table.slice(dot);
  const view = own.endsWith("accounts") ? `${own.slice(0, -"accounts".length)}users` : `${own}_users`;
  return {
    table,
    // without the name of a schema: an index is in the schema of its table
    index: `${own}_due`,
    counters: `${table}_counters`,
    ends: `${own}_ends`,
    schema: `${table}_schema`,
    view: table.slice(0, dot) + view,
  };
}
