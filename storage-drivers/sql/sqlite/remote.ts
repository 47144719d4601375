/** SQLite whose calls are asynchronous: D1 and libSQL. The writes of a tick share a transaction and a round trip. */

import type { Database, RemoteConnection, Result, Statement } from "../database.ts";
import { deadlineOf, untilDeadline } from "../deadline.ts";
import { TickBatch } from "../tick-batch.ts";
import { isBusy, toDriverError } from "./errors.ts";
import { untilNotBusy } from "./until-not-busy.ts";

/** D1 runs 50 statements for a request of a free plan, and 1,000 of a paid one. */
const MAX_WRITES = 40;

export function openRemote(connection: RemoteConnection, settings: { where: string; timeout: number }): Database {
  const { where, timeout } = settings;
  const writes = new TickBatch<Statement, Result>((items) => run(items, "write"), {
    atOnce: 4,
    size: MAX_WRITES,
    timeout,
  });

  async function run(statements: readonly Statement[], mode: "read" | "write"): Promise<Result[]> {
    try {
      return await untilNotBusy(settings, async () => {
        try {
          return { done: await untilDeadline(connection.batch(statements, mode), deadlineOf(timeout), where) };
        } catch (error) {
          if (isBusy(error)) return null;
          throw error;
        }
      });
    } catch (error) {
      throw toDriverError(error, where);
    }
  }

  return {
    dialect: "sqlite",
    timeout,

    async read(statement) {
      const [result] = await run([statement], "read");
      return result?.rows ?? [];
    },

    write: (statement) => writes.add(statement),

    async define(statements) {
      await run(
        statements.map((sql) => ({ sql, values: [] })),
        "write",
      );
    },
  };
}
