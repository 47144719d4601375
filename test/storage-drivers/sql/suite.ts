import assert from "node:assert/strict";
import { it } from "node:test";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import sql, { type SqlClient } from "../../../storage-drivers/sql/index.ts";
import type { TestOptions } from "../../support/needs.ts";
import { needsPostgres, uniqueTable } from "../../support/postgres.ts";
import { FULL } from "../../support/size.ts";
import { newFile } from "../../support/sqlite.ts";
import { KEYS, runSuite } from "../suite.ts";

/** The suite by URL stores as many as for other drivers in both sizes. */
const keys = FULL ? KEYS : 1_000;

/** Registers the conformance suite over connections to files of SQLite. `connect` also keeps them, to close them at the end. */
export function runOnFiles(
  name: string,
  connect: (path: string) => SqlClient | Promise<SqlClient>,
  test: TestOptions = {},
): void {
  let path = "";
  const reopen = async () => sql({ client: await connect(path) });
  function open() {
    path = newFile();
    return reopen();
  }
  runSuite(name, { open, reopen, keys }, test);
  testCounter(name, open, test);
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
  function open() {
    table = uniqueTable();
    return reopen();
  }
  runSuite(name, { open, reopen, keys }, test);
  testCounter(name, open, test);
}

/** The conformance suite is for every driver, and few count. */
function testCounter(name: string, open: () => Promise<AtomicDriver>, test: TestOptions): void {
  it(`${name}: counts up to the limit, gives back and forgets`, test, async () => {
    const driver = await open();
    const { take, giveBack, clear } = driver.counter!("limit", { max: 2, seconds: 3_600 });
    const isRefused = (wait: number | null) =>
      assert.ok(wait !== null && wait > 3_000_000 && wait <= 3_600_000, `${wait}`);
    assert.deepEqual(await Promise.all([take("a"), take("a"), take("b")]), [null, null, null]);
    isRefused(await take("a"));
    await giveBack("a");
    assert.equal(await take("a"), null);
    isRefused(await take("a"));
    await clear("a");
    assert.equal(await take("a"), null);
    await driver.dispose();
  });
}
