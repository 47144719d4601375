/** `PGlite` of `@electric-sql/pglite`: PostgreSQL in this process. */
import type { PostgresConnection, Row, Value } from "../database.ts";
import { has } from "./shape.ts";

interface PGliteResult {
  rows: unknown[];
  affectedRows?: number;
}

export interface PGlite {
  query(sql: string, values?: Value[]): Promise<PGliteResult>;
  exec: unknown;
  transaction: unknown;
  dumpDataDir: unknown;
  close: unknown;
}

export function isPGlite(client: object): client is PGlite {
  return has(client, "query", "exec", "transaction", "dumpDataDir", "close");
}

export function connectPGlite(database: PGlite): PostgresConnection {
  return {
    async query(text, values) {
      const { rows, affectedRows } = await database.query(text, [...values]);
      return { rows: rows as Row[], changes: affectedRows ?? 0 };
    },
  };
}
