/** PostgreSQL: every statement completes or fails within the timeout, and none is executed twice. */
import { DriverError } from "../../shared/driver-error.ts";
import { type Database, NotSent, type PostgresConnection, type Result, type Statement } from "../database.ts";
import { deadlineOf, untilDeadline } from "../deadline.ts";
import { mayRepeat, toDriverError } from "./errors.ts";

const SHORTEST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 250;

/** A connection ends its statement at the deadline, and knows whether it was sent. Not every client can. */
const LAST_WORD_MS = 20;

export function openPostgres(
  connection: PostgresConnection,
  { where, timeout }: { where: string; timeout: number },
): Database {
  let isClosed = false;
  const underWay = new Set<Promise<unknown>>();

  async function attempts({ sql, values }: Statement, isRead: boolean): Promise<Result> {
    const deadline = deadlineOf(timeout);
    let pause = SHORTEST_PAUSE_MS;
    let reason: unknown;
    for (;;) {
      if (isClosed) throw new DriverError("closed", `Cannot use PostgreSQL at ${where}: the driver was disposed of`);
      const started = performance.now();
      try {
        const sent = connection.query(sql, values, deadline);
        return await untilDeadline(sent, deadline + LAST_WORD_MS, `PostgreSQL at ${where}`);
      } catch (error) {
        // what an earlier attempt was refused for says more than that a later one had no connection
        if (error instanceof NotSent) error.cause ??= reason;
        reason = error instanceof NotSent ? error.cause : error;
        const wait = pause * (0.5 + Math.random());
        const now = performance.now();
        // an attempt that is cut off says less than the error of this one
        const isTooLate = now + wait + (now - started) > deadline;
        if (!mayRepeat(error, isRead) || isTooLate) throw toDriverError(error, where);
        await new Promise((resolve) => setTimeout(resolve, wait));
        pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
      }
    }
  }

  function run(statement: Statement, isRead: boolean): Promise<Result> {
    const call = attempts(statement, isRead).finally(() => underWay.delete(call));
    underWay.add(call);
    return call;
  }

  return {
    dialect: "postgres",
    timeout,
    read: async (statement) => (await run(statement, true)).rows,
    write: (statement) => run(statement, false),
    // without placeholders a client could send several statements at once, but not every client does
    define: async (statements) => void (await run({ sql: asOne(statements), values: [] }, false)),
    // a pool that is ended forgets who waits for a connection
    async close() {
      isClosed = true;
      await Promise.allSettled(underWay);
      await connection.close?.();
    },
  };
}

/** One statement that executes all of them, or none. Of several processes one makes the schema, and the others wait. */
function asOne(statements: readonly string[]): string {
  return `DO $anon$ BEGIN\nPERFORM pg_advisory_xact_lock(hashtext('anon-accounts schema'));\n${statements.map((statement) => `${statement};`).join("\n")}\nEND $anon$`;
}
