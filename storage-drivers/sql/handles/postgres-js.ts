/** `sql` of the package postgres (postgres.js). */
import { NotSent, type PostgresConnection, type Row, type Value } from "../database.ts";
import { has } from "./shape.ts";

export interface PostgresJs {
  unsafe(
    sql: string,
    values?: Value[],
    options?: { prepare?: boolean },
  ): Promise<unknown[] & { count?: number | null }>;
  begin: unknown;
  listen: unknown;
  largeObject: unknown;
  end(options?: { timeout?: number }): Promise<void>;
}

export function isPostgresJs(client: object): client is PostgresJs {
  // Bun.SQL, which may be of SQLite or MySQL, has all but the last
  return has(client, "unsafe", "begin", "listen", "end", "largeObject");
}

/** Errors of postgres.js for a statement that was not sent. */
const NOT_SENT: readonly unknown[] = [
  "ECONNREFUSED",
  "CONNECT_TIMEOUT",
  "CONNECTION_ENDED",
  "53300",
  "57P03",
  "28P01",
  "3D000",
];

export function connectPostgresJs(sql: PostgresJs): PostgresConnection {
  return {
    async query(text, values) {
      try {
        const rows = await sql.unsafe(text, [...values], { prepare: false });
        return { rows: Array.from(rows) as Row[], changes: rows.count ?? 0 };
      } catch (error) {
        if (NOT_SENT.includes((error as { code?: unknown } | null)?.code)) throw new NotSent(error);
        throw error;
      }
    },
    close: () => sql.end({ timeout: 1 }),
  };
}
