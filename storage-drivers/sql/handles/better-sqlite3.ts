/** `Database` of better-sqlite3. */
import type { LocalConnection, Row } from "../database.ts";
import { type Prepared, prepareOnce } from "./prepared.ts";
import { has } from "./shape.ts";

export interface BetterSqlite3 {
  /** A statement, whose parameters its own types restrict. */
  prepare(sql: string): object;
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
  const prepare = prepareOnce((sql) => database.prepare(sql) as Prepared);

  return {
    run: (sql, values) => Number(prepare(sql).run(...values).changes),
    all: (sql, values) => prepare(sql).all(...values) as Row[],
    exec: (sql) => void database.exec(sql),
    get isInTransaction() {
      return database.inTransaction;
    },
    close: () => void database.close(),
  };
}
