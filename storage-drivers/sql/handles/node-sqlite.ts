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

  return {
    run(sql, values) {
      const changes = Number(prepare(sql).run(...values).changes);
      began = sql.startsWith("BEGIN") || (began && !/^(COMMIT|ROLLBACK)/.test(sql));
      return changes;
    },
    all: (sql, values) => prepare(sql).all(...values) as Row[],
    exec: (sql) => database.exec(sql),
    // where the property is missing, only the transactions of the driver are known
    get isInTransaction() {
      return database.isTransaction ?? began;
    },
    close: () => database.close(),
  };
}
