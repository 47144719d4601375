/** `Pool` or `Client` of pg, and of packages of the same shape, such as Neon's serverless driver. */

import { DriverError } from "../../shared/driver-error.ts";
import type { PostgresConnection, Result, Row, Value } from "../database.ts";
import { NotSent } from "../database.ts";
import { has } from "./shape.ts";

interface PgResult {
  rows: unknown[];
  rowCount: number | null;
}

interface Queryable {
  query(query: { text: string; values: Value[] }): Promise<PgResult>;
}

export interface PgClient extends Queryable {
  escapeIdentifier: unknown;
  /** `I` outside of a transaction block; pg 8.19 and newer. */
  getTransactionStatus?(): string | null;
}

interface PooledClient extends Queryable {
  release(destroy?: boolean): void;
}

export interface PgPool extends Queryable {
  connect(): Promise<PooledClient>;
  end(): Promise<void>;
  readonly totalCount: number;
}

export function isPgPool(client: object): client is PgPool {
  return has(client, "connect", "query", "end") && typeof (client as { totalCount?: unknown }).totalCount === "number";
}

export function isPgClient(client: object): client is PgClient {
  return has(client, "connect", "query", "end", "escapeIdentifier", "escapeLiteral");
}

export function connectPgPool(pool: PgPool): PostgresConnection {
  return {
    async query(text, values, deadline) {
      const client = await checkOut(pool, deadline);
      let timer: ReturnType<typeof setTimeout> | undefined;
      let released = false;
      const release = (destroy: boolean): void => {
        if (!released) client.release(destroy);
        released = true;
      };
      try {
        // a connection whose server does not reply is of no use to the next statement
        timer = setTimeout(() => release(true), Math.max(0, deadline - performance.now()));
        const result = toResult(await client.query({ text, values: [...values] }));
        release(false);
        return result;
      } catch (error) {
        // after a failover it leads to a server that is not the primary
        release(!isOrdinary(error));
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => pool.end(),
  };
}

/** A connection that comes too late goes back to the pool. */
async function checkOut(pool: PgPool, deadline: number): Promise<PooledClient> {
  const connecting = pool.connect();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no connection in time")), Math.max(0, deadline - performance.now()));
  });
  try {
    return await Promise.race([connecting, late]);
  } catch (error) {
    connecting.then(
      (client) => client.release(),
      () => undefined,
    );
    throw new NotSent(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the server refused the statement, and the connection is as good as before. */
function isOrdinary(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === "string" && /^(?!57P|25006)[0-9A-Z]{5}$/.test(code);
}

export function connectPgClient(client: PgClient): PostgresConnection {
  return {
    async query(text, values) {
      if (isBusy(client)) throw new NotSent(new Error("the client is in a transaction, pass a Pool"));
      const result = toResult(await client.query({ text, values: [...values] }));
      // what the application rolls back must not have been acknowledged
      if (isBusy(client)) {
        throw new DriverError(
          "unavailable",
          "Cannot use this client of pg: the application began a transaction on it, and a write may be rolled back; pass a Pool",
        );
      }
      return result;
    },
  };
}

function isBusy(client: PgClient): boolean {
  const status = client.getTransactionStatus?.();
  return status === "T" || status === "E";
}

function toResult({ rows, rowCount }: PgResult): Result {
  return { rows: rows as Row[], changes: rowCount ?? 0 };
}
