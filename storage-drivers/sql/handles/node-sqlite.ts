/** `DatabaseSync` of `node:sqlite`: Node 22 and newer, and Deno. */
import type { LocalConnection, Row } from "../database.ts";
import { type Prepared, prepareOnce } from "./prepared.ts";
import { has } from "./shape.ts";

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
  const prepare = prepareOnce((sql) => database.prepare(sql));
  let began = false;

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
