/** What the driver needs of a database, and what a handle of each kind offers for it. */
export type Dialect = "sqlite" | "postgres";

export type Value = string | number | null;

/** One statement; `values` are those of its placeholders, in order. */
export interface Statement {
  sql: string;
  values: readonly Value[];
}

export type Row = Record<string, unknown>;

/** `changes` is how many rows a statement without `RETURNING` inserted, updated or deleted. */
export interface Result {
  rows: Row[];
  changes: number;
}

/** A database that runs statements, and rejects with a `DriverError`. */
export interface Database {
  readonly dialect: Dialect;
  /** How long a statement may take, in milliseconds. */
  readonly timeout: number;
  /** Runs a statement that changes nothing. */
  read(statement: Statement): Promise<Row[]>;
  /**
   * The same at once, or `undefined` where only `read` can tell. Without it each statement is a round trip, and reads that
   * run at the same time should share one.
   */
  readNow?(statement: Statement): Row[] | undefined;
  /**
   * Runs a statement in a transaction, alone or with others. `durable`: it must survive a power loss, where the driver
   * and not a server decides that.
   */
  write(statement: Statement, durable?: boolean): Promise<Result>;
  /** Runs the statements that make the schema, all or none. */
  define(statements: readonly string[]): Promise<void>;
  /** For a client that the driver opens; one of the application stays open. */
  close?(): Promise<void>;
}

/** A SQLite connection in this process: every call is synchronous and throws errors of its library. */
export interface LocalConnection {
  run(sql: string, values: readonly Value[]): number;
  all(sql: string, values: readonly Value[]): Row[];
  /** Runs a statement without values and without result. */
  exec(sql: string): void;
  /** Whether a transaction is open: the application may have begun one. */
  readonly isInTransaction: boolean;
  close(): void;
}

/** A SQLite database whose calls are asynchronous. */
export interface RemoteConnection {
  /** Runs the statements in one transaction, which only reads if `mode` is `read`. */
  batch(statements: readonly Statement[], mode: "read" | "write"): Promise<Result[]>;
}

/** A client of PostgreSQL. */
export interface PostgresConnection {
  /**
   * Runs one statement outside of any transaction block, without a named prepared statement: poolers do not keep those.
   * Rejects with `NotSent` if the statement did not reach the server.
   *
   * @param deadline When the caller stops waiting, by `performance.now()`. A statement that was not sent by then is not
   * sent, and a connection of a pool that is still busy is closed, where the client can do that
   */
  query(sql: string, values: readonly Value[], deadline: number): Promise<Result>;
  /** For a client that the driver opens. */
  close?(): Promise<void>;
}

/**
 * A statement was not executed, because it was not sent: no connection was made, or none was free in time, which has no
 * `cause`.
 */
export class NotSent extends Error {
  override readonly name: string = "NotSent";

  constructor(cause?: unknown) {
    super("Cannot connect", { cause });
  }
}
