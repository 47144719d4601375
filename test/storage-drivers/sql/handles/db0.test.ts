/** Each connector of db0 whose client runs on this runtime; better-sqlite3 is tested with the built package on Node 20. */

import process from "node:process";
import { after } from "node:test";
import { type Connector, createDatabase, type Database } from "db0";
import libsql from "db0/connectors/libsql/node";
import nodeSqlite from "db0/connectors/node-sqlite";
import pglite from "db0/connectors/pglite";
import postgresql from "db0/connectors/postgresql";
import { postgresUrl, stopServers } from "../../../support/postgres.ts";
import { removeFiles } from "../../../support/sqlite.ts";
import { runOnFiles, runOnTables } from "../suite.ts";

const databases: Database[] = [];

after(async () => {
  for (const database of databases) await database.dispose();
  removeFiles();
  await stopServers();
});

function open(connector: Connector): Database {
  const database = createDatabase(connector);
  databases.push(database);
  return database;
}

if (process.versions.bun) {
  const { default: bunSqlite } = await import("db0/connectors/bun-sqlite");
  runOnFiles("db0 with bun:sqlite", (path) => open(bunSqlite({ path })));
} else {
  runOnFiles("db0 with node:sqlite", (path) => open(nodeSqlite({ path })));
}
runOnFiles("db0 with libSQL", (path) => open(libsql({ url: `file:${path}` })));
runOnTables("db0 with PGlite", () => open(pglite()), {});
runOnTables("db0 with pg", async () => open(postgresql({ url: await postgresUrl() })));
