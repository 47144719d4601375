/** PostgreSQL: every statement completes or fails within the timeout, and none is executed twice. */
import type { Database, PostgresConnection, Result, Statement } from "../database.ts";
import { deadlineOf, untilDeadline } from "../deadline.ts";
import { mayRepeat, toDriverError } from "./errors.ts";

const SHORTEST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 250;

export function openPostgres(
  connection: PostgresConnection,
  { where, timeout }: { where: string; timeout: number },
): Database {
  async function run({ sql, values }: Statement, isRead: boolean): Promise<Result> {
    const deadline = deadlineOf(timeout);
    let pause = SHORTEST_PAUSE_MS;
    for (;;) {
      try {
        return await untilDeadline(connection.query(sql, values, deadline), deadline, `PostgreSQL at ${where}`);
      } catch (error) {
        const wait = pause * (0.5 + Math.random());
        if (!mayRepeat(error, isRead) || performance.now() + wait > deadline) throw toDriverError(error, where);
        await new Promise((resolve) => setTimeout(resolve, wait));
        pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
      }
    }
  }

  return {
    dialect: "postgres",
    isRemote: true,
    read: async (statement) => (await run(statement, true)).rows,
    write: (statement) => run(statement, false),
    // without placeholders a client could send several statements at once, but not every client does
    define: async (statements) => void (await run({ sql: asOne(statements), values: [] }, false)),
    close: connection.close,
  };
}

/** One statement that executes all of them, or none. Of several processes one makes the schema, and the others wait. */
function asOne(statements: readonly string[]): string {
  return `DO $anon$ BEGIN\nPERFORM pg_advisory_xact_lock(hashtext('anon-accounts schema'));\n${statements.map((statement) => `${statement};`).join("\n")}\nEND $anon$`;
}
