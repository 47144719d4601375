/** `sql` of the package postgres (postgres.js). */
import { NotSent, type PostgresConnection, type Row, type Value } from "../database.ts";
import { has } from "./shape.ts";

interface PostgresJsQuery extends Promise<unknown[] & { count?: number | null }> {
  /** The connection that it was sent on; `null` before. */
  readonly state?: unknown;
}

export interface PostgresJs {
  unsafe(sql: string, values?: Value[], options?: { prepare?: boolean }): PostgresJsQuery;
  begin: unknown;
  listen: unknown;
  largeObject: unknown;
  end(options?: { timeout?: number }): Promise<void>;
}

export function isPostgresJs(client: object): client is PostgresJs {
  // Bun.SQL, which may be of SQLite or MySQL, has all but the last
  return has(client, "unsafe", "begin", "listen", "end", "largeObject");
}

/**
 * A statement that waits for a connection cannot be taken back: to cancel it would leave that connection unused for ever.
 * So it may be sent after its caller was told that it may have happened.
 */
export function connectPostgresJs(sql: PostgresJs): PostgresConnection {
  return {
    async query(text, values) {
      const query = sql.unsafe(text, [...values], { prepare: false });
      try {
        const rows = await query;
        return { rows: Array.from(rows) as Row[], changes: rows.count ?? 0 };
      } catch (error) {
        throw query.state === null ? new NotSent(error) : error;
      }
    },
    close: () => sql.end({ timeout: 1 }),
  };
}
