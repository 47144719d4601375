/**
 * SQLite in this process. The writes of a tick share a transaction, and while another process writes, the event loop
 * runs.
 */
import { DriverError } from "../../shared/driver-error.ts";
import type { Database, LocalConnection, Result, Row, Statement } from "../database.ts";
import { TickBatch } from "../tick-batch.ts";
import { isBusy, toDriverError } from "./errors.ts";
import { untilNotBusy } from "./until-not-busy.ts";

/** What is flushed to disk before it is acknowledged. */
export type Durability = "disk" | "registered" | "os";

export interface LocalSettings {
  where: string;
  /** How long a statement waits for another connection, in milliseconds. */
  timeout: number;
  durability: Durability;
  /** The first write changes the file to WAL: readers and a writer then do not wait for each other. */
  isOwn: boolean;
  /** Whether the file that was opened is still at its path. Left out where that is not known. */
  isInPlace?: () => boolean;
}

/** SQLite itself waits for so long, and blocks the event loop; then the event loop runs, and then the next attempt. */
export const BLOCKING_MS = 20;

/** So many writes take a few milliseconds, during which nothing else runs. */
const MAX_WRITES = 256;

/** The value of `PRAGMA synchronous` from which on a commit waits for the disk. */
const FULL = 2;

interface Write extends Statement {
  durable: boolean;
}

export function openLocal(connection: LocalConnection, settings: LocalSettings): Database {
  const { where, timeout, durability, isOwn, isInPlace } = settings;
  // those of the application, for a connection of its own
  let synchronous: number | undefined;
  let busyTimeout: number | undefined;
  // without WAL, a reader waits for a writer
  let readsWait: boolean | undefined;

  const writes = new TickBatch<Write, Result>(
    (items) => {
      const durable = durability === "disk" || (durability === "registered" && items.some((item) => item.durable));
      return untilNotBusy(settings, () => transaction(durable, () => items.map(runOne)));
    },
    { atOnce: 1, size: MAX_WRITES, timeout },
  );

  /** An error of one statement undoes only that; SQLite itself ends the transaction where nothing of it can be kept. */
  function runOne({ sql, values }: Statement): Result | Error {
    try {
      if (!sql.includes("RETURNING")) return { rows: [], changes: connection.run(sql, values) };
      const rows = connection.all(sql, values);
      return { rows, changes: rows.length };
    } catch (error) {
      if (isBusy(error) || !connection.isInTransaction) throw error;
      return toDriverError(error, where);
    }
  }

  /** Returns `null` if another connection is writing, and nothing was executed. */
  function transaction<T>(durable: boolean, work: () => T): { done: T } | null {
    // if the application rolled back its transaction, a write in it would be lost
    if (connection.isInTransaction) return null;
    // SQLite would write on to a file that has no name any more
    if (isInPlace?.() === false) {
      throw new DriverError(
        "unavailable",
        `Cannot write to SQLite at ${where}: the file was deleted or replaced, restart this process`,
      );
    }
    return briefly(() => {
      if (synchronous === undefined) {
        // not in the transaction, which would refuse it
        if (isOwn && unlessBusy(() => connection.exec("PRAGMA journal_mode = WAL")) === null) return null;
        synchronous = Number(connection.all("PRAGMA synchronous", [])[0]?.synchronous);
      }
      const isWeak = durable && synchronous < FULL;
      if (isWeak) connection.exec("PRAGMA synchronous = FULL");
      try {
        connection.run("BEGIN IMMEDIATE", []);
        const done = work();
        connection.run("COMMIT", []);
        return { done };
      } catch (error) {
        if (connection.isInTransaction) connection.run("ROLLBACK", []);
        if (isBusy(error)) return null;
        throw error;
      } finally {
        if (isWeak) connection.exec(`PRAGMA synchronous = ${synchronous}`);
      }
    });
  }

  /** Calls what may wait for another connection, so that SQLite does not block the event loop for the application's busy timeout. */
  function briefly<T>(call: () => T): T {
    busyTimeout ??= Number(connection.all("PRAGMA busy_timeout", [])[0]?.timeout);
    if (busyTimeout <= BLOCKING_MS) return call();
    connection.exec(`PRAGMA busy_timeout = ${BLOCKING_MS}`);
    try {
      return call();
    } finally {
      connection.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
    }
  }

  function readOnce({ sql, values }: Statement): Row[] {
    readsWait ??= !isOwn && briefly(() => connection.all("PRAGMA journal_mode", []))[0]?.journal_mode !== "wal";
    return readsWait ? briefly(() => connection.all(sql, values)) : connection.all(sql, values);
  }

  function fail(error: unknown): never {
    throw toDriverError(error, where);
  }

  return {
    dialect: "sqlite",
    timeout,

    // not an async function: it is called so often that its promise would be felt
    read(statement) {
      try {
        return Promise.resolve(readOnce(statement));
      } catch (error) {
        if (!isBusy(error)) return Promise.reject(toDriverError(error, where));
        return untilNotBusy(settings, () => unlessBusy(() => readOnce(statement))).catch(fail);
      }
    },

    readNow(statement) {
      if (readsWait !== false) return undefined;
      try {
        return readOnce(statement);
      } catch {
        return undefined;
      }
    },

    write: (statement, durable = false) => writes.add({ ...statement, durable }).catch(fail),

    async define(statements) {
      await untilNotBusy(settings, () =>
        transaction(true, () => {
          for (const statement of statements) connection.exec(statement);
        }),
      ).catch(fail);
    },

    async close() {
      connection.close();
    },
  };
}

/** `null` if another connection was writing. */
export function unlessBusy<T>(call: () => T): { done: T } | null {
  try {
    return { done: call() };
  } catch (error) {
    if (isBusy(error)) return null;
    throw error;
  }
}
