/** `Pool` or `Client` of pg, and of packages of the same shape, such as Neon's serverless driver. */

import { DriverError } from "../../shared/driver-error.ts";
import type { PostgresConnection, Result, Row, Value } from "../database.ts";
import { NotSent } from "../database.ts";
import { sqlStateOf } from "../postgres/errors.ts";
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
  on(event: "error", listener: () => void): unknown;
  removeListener(event: "error", listener: () => void): unknown;
  getTransactionStatus?(): string | null;
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

const ignore = (): void => undefined;

export function connectPgPool(pool: PgPool): PostgresConnection {
  return {
    async query(text, values, deadline) {
      const client = await checkOut(pool, deadline);
      let isReleased = false;
      let isLate = false;
      const release = (destroy: boolean): void => {
        if (isReleased) return;
        isReleased = true;
        client.release(destroy);
        client.removeListener("error", ignore);
      };
      // a connection whose server does not reply is of no use to the next statement
      const timer = setTimeout(
        () => {
          isLate = true;
          release(true);
        },
        Math.max(0, deadline - performance.now()),
      );
      try {
        const result = toResult(await client.query({ text, values: [...values] }));
        release(false);
        return result;
      } catch (error) {
        // after a failover it leads to a server that is not the primary
        release(!isOrdinary(error));
        throw isLate ? new Error("it has not replied in time") : error;
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => pool.end(),
  };
}

async function checkOut(pool: PgPool, deadline: number): Promise<PooledClient> {
  const connecting = pool.connect();
  let client: PooledClient;
  try {
    client = await inTime(connecting, deadline);
  } catch (error) {
    // a connection that comes too late goes back to the pool
    connecting.then(
      (client) => client.release(),
      () => undefined,
    );
    throw error;
  }
  // a connection that breaks during a statement rejects it, and also emits an error, which would end the process
  client.on("error", ignore);
  if (!isBusy(client)) return client;
  client.removeListener("error", ignore);
  client.release(true);
  throw new NotSent(
    new Error("a connection came back to the pool in a transaction, end transactions before `release`"),
  );
}

/** @throws {NotSent} if `ready` rejects, or is too late */
async function inTime<T>(ready: Promise<T>, deadline: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NotSent()), Math.max(0, deadline - performance.now()));
  });
  try {
    return await Promise.race([ready, late]);
  } catch (error) {
    throw error instanceof NotSent ? error : new NotSent(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the server refused the statement, and the connection is as good as before. */
function isOrdinary(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== null && !/^(?:57P|08|25006)/.test(state);
}

/** @throws {DriverError} `invalid_option` if it does not show whether a transaction is open */
export function requireTransactionStatus(client: PgClient): void {
  if (client.getTransactionStatus) return;
  throw new DriverError(
    "invalid_option",
    "Cannot use this client: it does not show whether a transaction is open; pass a Pool, or a Client of pg 8.19 or newer",
  );
}

export function connectPgClient(client: PgClient): PostgresConnection {
  // a Client warns of statements that it has to queue
  let previous: Promise<unknown> = Promise.resolve();

  async function send(text: string, values: readonly Value[], deadline: number): Promise<Result> {
    if (performance.now() >= deadline) throw new NotSent();
    if (isBusy(client)) throw new NotSent(new Error("the client is in a transaction, pass a Pool"));
    const result = toResult(await client.query({ text, values: [...values] }).catch(explain));
    // what the application rolls back must not have been acknowledged
    if (isBusy(client)) {
      throw new DriverError(
        "unavailable",
        "Cannot use this client of pg: the application began a transaction on it, and a write may be rolled back; pass a Pool",
      );
    }
    return result;
  }

  return {
    async query(text, values, deadline) {
      const sent = previous.then(() => send(text, values, deadline));
      const before = previous;
      previous = sent.catch(ignore);
      await inTime(before, deadline);
      return await sent;
    },
  };
}

/** A Client whose connection broke never connects again. */
function explain(error: unknown): never {
  if (!(error instanceof Error && /not queryable/.test(error.message))) throw error;
  throw new DriverError(
    "unavailable",
    "Cannot use this client of pg: its connection is closed, and a Client does not connect again; pass a Pool",
  );
}

function isBusy(client: PgClient | PooledClient): boolean {
  const status = client.getTransactionStatus?.();
  return status === "T" || status === "E";
}

function toResult({ rows, rowCount }: PgResult): Result {
  return { rows: rows as Row[], changes: rowCount ?? 0 };
}
