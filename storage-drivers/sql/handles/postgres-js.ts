/** `sql` of the package postgres (postgres.js). */
import { NotSent, type PostgresConnection, type Row, type Value } from "../database.ts";
import { has } from "./shape.ts";

interface PostgresJsQuery extends Promise<unknown[] & { count?: number | null }> {
  /** The connection that it was sent on; `null` before. */
  readonly state?: unknown;
  cancel(): void;
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

export function connectPostgresJs(sql: PostgresJs): PostgresConnection {
  return {
    async query(text, values, deadline) {
      const query = sql.unsafe(text, [...values], { prepare: false });
      let isLate = false;
      // one that still waits for a connection must not be executed after the caller was told that it failed
      const timer = setTimeout(
        () => {
          if (query.state !== null) return;
          isLate = true;
          query.cancel();
        },
        Math.max(0, deadline - performance.now()),
      );
      try {
        const rows = await query;
        return { rows: Array.from(rows) as Row[], changes: rows.count ?? 0 };
      } catch (error) {
        throw query.state === null ? new NotSent(isLate ? undefined : error) : error;
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => sql.end({ timeout: 1 }),
  };
}
