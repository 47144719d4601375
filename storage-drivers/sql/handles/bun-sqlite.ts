/** `Database` of `bun:sqlite`. */
import type { LocalConnection, Row, Value } from "../database.ts";
import { has } from "./shape.ts";

interface Prepared {
  all(...values: Value[]): unknown[];
  run(...values: Value[]): { changes: number };
}

export interface BunSqlite {
  /** Prepares a statement and keeps it. */
  query(sql: string): Prepared;
  run(sql: string): unknown;
  fileControl: unknown;
  readonly inTransaction: boolean;
  close(): void;
}

export function isBunSqlite(client: object): client is BunSqlite {
  return has(client, "query", "run", "fileControl", "close") && "inTransaction" in client;
}

export function connectBunSqlite(database: BunSqlite): LocalConnection {
  const prepared = new Map<string, Prepared>();

  function prepare(sql: string): Prepared {
    let statement = prepared.get(sql);
    if (!statement) {
      statement = database.query(sql);
      prepared.set(sql, statement);
    }
    return statement;
  }

  return {
    run: (sql, values) => prepare(sql).run(...values).changes,
    all: (sql, values) => prepare(sql).all(...values) as Row[],
    exec: (sql) => void database.run(sql),
    get isInTransaction() {
      return database.inTransaction;
    },
    close: () => database.close(),
  };
}
