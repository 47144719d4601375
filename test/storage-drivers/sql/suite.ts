import sql, { type SqlClient } from "../../../storage-drivers/sql/index.ts";
import type { TestOptions } from "../../support/needs.ts";
import { needsPostgres, uniqueTable } from "../../support/postgres.ts";
import { newFile } from "../../support/sqlite.ts";
import { runSuite } from "../suite.ts";

/** Registers the conformance suite over connections to files of SQLite. `connect` also keeps them, to close them at the end. */
export function runOnFiles(
  name: string,
  connect: (path: string) => SqlClient | Promise<SqlClient>,
  test: TestOptions = {},
): void {
  let path = "";
  const reopen = async () => sql({ client: await connect(path) });
  runSuite(
    name,
    {
      open() {
        path = newFile();
        return reopen();
      },
      reopen,
    },
    test,
  );
}

/** Registers the conformance suite over one client of PostgreSQL, with a table for each case. */
export function runOnTables(
  name: string,
  connect: () => SqlClient | Promise<SqlClient>,
  test: TestOptions = needsPostgres("shared"),
): void {
  let table = "";
  let connected: Promise<SqlClient> | undefined;
  async function reopen() {
    connected ??= Promise.resolve(connect());
    // as long as the suite of a cluster waits for its slowest case on a busy machine
    return sql({ client: await connected, table, timeout: 10_000 });
  }
  runSuite(
    name,
    {
      open() {
        table = uniqueTable();
        return reopen();
      },
      reopen,
    },
    test,
  );
}
