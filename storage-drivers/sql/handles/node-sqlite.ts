/** `DatabaseSync` of `node:sqlite`: Node 22 and newer, and Deno. */
import type { LocalConnection, Row, Value } from "../database.ts";
import { has } from "./shape.ts";

interface Prepared {
  all(...values: Value[]): unknown[];
  run(...values: Value[]): { changes: number | bigint };
}

export interface NodeSqlite {
  prepare(sql: string): Prepared;
  exec(sql: string): void;
  close(): void;
  createSession: unknown;
  /** Node 22.16 and newer. */
  readonly isTransaction?: boolean;
}

export function isNodeSqlite(client: object): client is NodeSqlite {
  return has(client, "prepare", "exec", "close", "createSession");
}

export function connectNodeSqlite(database: NodeSqlite): LocalConnection {
  const prepared = new Map<string, Prepared>();
  let began = false;

  function prepare(sql: string): Prepared {
    let statement = prepared.get(sql);
    if (!statement) {
      statement = database.prepare(sql);
      prepared.set(sql, statement);
    }
    return statement;
  }

  /** SQLite may have ended the transaction. Without the property that shows it, end it for certain. */
  function orRollback<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      if (began && database.isTransaction === undefined) {
        began = false;
        try {
          database.exec("ROLLBACK");
        } catch {
          // SQLite had ended it
        }
      }
      throw error;
    }
  }

  return {
    run(sql, values) {
      const changes = Number(orRollback(() => prepare(sql).run(...values)).changes);
      began = sql.startsWith("BEGIN") || (began && !/^(COMMIT|ROLLBACK)/.test(sql));
      return changes;
    },
    all: (sql, values) => orRollback(() => prepare(sql).all(...values)) as Row[],
    exec: (sql) => orRollback(() => database.exec(sql)),
    // where the property is missing, only the transactions of the driver are known
    get isInTransaction() {
      return database.isTransaction ?? began;
    },
    close: () => database.close(),
  };
}
