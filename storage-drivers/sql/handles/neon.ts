/** `neon()` of `@neondatabase/serverless`: one HTTP request for each statement. */
import type { PostgresConnection, Row, Value } from "../database.ts";
import { has } from "./shape.ts";

interface NeonResult {
  rows: unknown[];
  rowCount: number | null;
}

export interface Neon {
  query(sql: string, values?: Value[], options?: { fullResults?: boolean }): Promise<unknown>;
  transaction: unknown;
  unsafe: unknown;
}

export function isNeon(client: object): client is Neon {
  return typeof client === "function" && has(client, "query", "transaction", "unsafe") && !has(client, "begin");
}

export function connectNeon(sql: Neon): PostgresConnection {
  return {
    async query(text, values) {
      const { rows, rowCount } = (await sql.query(text, [...values], { fullResults: true })) as NeonResult;
      return { rows: rows as Row[], changes: rowCount ?? 0 };
    },
  };
}
