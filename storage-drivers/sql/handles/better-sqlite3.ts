/** `Database` of better-sqlite3. */
import type { LocalConnection, Row, Value } from "../database.ts";
import { has } from "./shape.ts";

interface Prepared {
  all(...values: Value[]): unknown[];
  run(...values: Value[]): { changes: number };
}

export interface BetterSqlite3 {
  prepare(sql: string): Prepared;
  exec(sql: string): unknown;
  pragma: unknown;
  transaction: unknown;
  readonly inTransaction: boolean;
  close(): unknown;
}

export function isBetterSqlite3(client: object): client is BetterSqlite3 {
  return has(client, "prepare", "exec", "pragma", "transaction", "close") && "inTransaction" in client;
}

export function connectBetterSqlite3(database: BetterSqlite3): LocalConnection {
  const prepared = new Map<string, Prepared>();

  function prepare(sql: string): Prepared {
    let statement = prepared.get(sql);
    if (!statement) {
      statement = database.prepare(sql);
      prepared.set(sql, statement);
    }
    return statement;
  }

  return {
    run: (sql, values) => prepare(sql).run(...values).changes,
    all: (sql, values) => prepare(sql).all(...values) as Row[],
    exec: (sql) => void database.exec(sql),
    get isInTransaction() {
      return database.inTransaction;
    },
    close: () => void database.close(),
  };
}
