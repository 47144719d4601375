/** `Client` of `@libsql/client`: a file, or a server of libSQL or Turso. */
import type { RemoteConnection, Result, Row, Statement, Value } from "../database.ts";
import { has } from "./shape.ts";

interface LibsqlResult {
  columns: string[];
  rows: ArrayLike<unknown>[];
  rowsAffected: number;
}

export interface Libsql {
  batch(statements: { sql: string; args: Value[] }[], mode: "read" | "write"): Promise<unknown[]>;
  execute: unknown;
  executeMultiple: unknown;
  /** `file`, `http` or `ws`. */
  readonly protocol: string;
  close: unknown;
}

export function isLibsql(client: object): client is Libsql {
  return has(client, "batch", "execute", "executeMultiple", "close") && "protocol" in client;
}

export function connectLibsql(client: Libsql): RemoteConnection {
  return {
    async batch(statements, mode) {
      const all = statements.map(({ sql, values }: Statement) => ({ sql, args: [...values] }));
      return ((await client.batch(all, mode)) as LibsqlResult[]).map(toResult);
    },
  };
}

function toResult({ columns, rows, rowsAffected }: LibsqlResult): Result {
  const named = rows.map((row): Row => Object.fromEntries(columns.map((column, at) => [column, row[at]])));
  return { rows: named, changes: rowsAffected };
}
