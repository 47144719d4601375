import type { Value } from "../database.ts";

/** A prepared statement of a SQLite library. */
export interface Prepared {
  all(...values: Value[]): unknown[];
  run(...values: Value[]): { changes: number | bigint };
}

/** Prepares each statement once: the driver has about twenty, and executes them often. */
export function prepareOnce(prepare: (sql: string) => Prepared): (sql: string) => Prepared {
  const prepared = new Map<string, Prepared>();
  return (sql) => {
    let statement = prepared.get(sql);
    if (!statement) {
      statement = prepare(sql);
      prepared.set(sql, statement);
    }
    return statement;
  };
}
