/** `Database` of `bun:sqlite`. */
import type { LocalConnection, Row } from "../database.ts";
import { type Prepared, prepareOnce } from "./prepared.ts";
import { has } from "./shape.ts";

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
  const prepare = prepareOnce((sql) => database.query(sql));

  return {
    run: (sql, values) => Number(prepare(sql).run(...values).changes),
    all: (sql, values) => prepare(sql).all(...values) as Row[],
    exec: (sql) => void database.run(sql),
    get isInTransaction() {
      return database.inTransaction;
    },
    close: () => database.close(),
  };
}
