/** A D1 database of Cloudflare. */
import type { RemoteConnection, Result, Row, Value } from "../database.ts";
import { has } from "./shape.ts";

interface D1Statement {
  bind(...values: Value[]): D1Statement;
}

interface D1Result {
  results?: unknown[];
  meta?: { changes?: number };
}

export interface D1 {
  prepare(sql: string): D1Statement;
  /** Runs the statements in one transaction. */
  batch(statements: D1Statement[]): Promise<unknown[]>;
  exec(sql: string): Promise<unknown>;
}

export function isD1(client: object): client is D1 {
  return has(client, "prepare", "batch", "exec") && !has(client, "close");
}

export function connectD1(database: D1): RemoteConnection {
  return {
    async batch(statements) {
      const results = await database.batch(statements.map(({ sql, values }) => database.prepare(sql).bind(...values)));
      return (results as D1Result[]).map(
        ({ results, meta }): Result => ({ rows: (results ?? []) as Row[], changes: meta?.changes ?? 0 }),
      );
    },
  };
}
