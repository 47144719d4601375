import assert from "node:assert/strict";
import process from "node:process";
import { after, describe, it } from "node:test";
import { PGlite } from "@electric-sql/pglite";
import { createClient } from "@libsql/client";
import * as neon from "@neondatabase/serverless";
import { type Connector, createDatabase } from "db0";
import mysql2 from "db0/connectors/mysql2";
import nodeSqlite from "db0/connectors/node-sqlite";
import postgresql from "db0/connectors/postgresql";
import pg from "pg";
import postgres from "postgres";
import type { DriverError } from "../../../../storage-drivers/shared/driver-error.ts";
import { isBetterSqlite3 } from "../../../../storage-drivers/sql/handles/better-sqlite3.ts";
import { isBunSqlite } from "../../../../storage-drivers/sql/handles/bun-sqlite.ts";
import { kindOf } from "../../../../storage-drivers/sql/handles/connect.ts";
import { isD1 } from "../../../../storage-drivers/sql/handles/d1.ts";
import { isDb0 } from "../../../../storage-drivers/sql/handles/db0.ts";
import { isLibsql } from "../../../../storage-drivers/sql/handles/libsql.ts";
import { isNeon } from "../../../../storage-drivers/sql/handles/neon.ts";
import { isNodeSqlite } from "../../../../storage-drivers/sql/handles/node-sqlite.ts";
import { isPgClient, isPgPool } from "../../../../storage-drivers/sql/handles/pg.ts";
import { isPGlite } from "../../../../storage-drivers/sql/handles/pglite.ts";
import { isPostgresJs } from "../../../../storage-drivers/sql/handles/postgres-js.ts";
import sql, { type SqlClient } from "../../../../storage-drivers/sql/index.ts";
import { connect } from "../../../support/sqlite.ts";

const CHECKS: Readonly<Record<string, (client: object) => boolean>> = {
  isBetterSqlite3,
  isBunSqlite,
  isD1,
  isDb0,
  isLibsql,
  isNeon,
  isNodeSqlite,
  isPGlite,
  isPgClient,
  isPgPool,
  isPostgresJs,
};

// no client connects before its first query
const URL = "postgres://user:secret@127.0.0.1:1/accounts";

const ends: (() => unknown)[] = [];
after(async () => {
  for (const end of ends) await end();
});

const local = await connect(":memory:");
const libsql = createClient({ url: ":memory:" });
const remoteLibsql = createClient({ url: "http://127.0.0.1:1" });
const pglite = new PGlite();
ends.push(
  () => local.close(),
  () => libsql.close(),
  () => remoteLibsql.close(),
  () => pglite.close(),
);

type Expected = [check: string, client: SqlClient, dialect: "sqlite" | "postgres", guarantee: "host" | "cluster"];

const ACCEPTED: Record<string, Expected> = {
  "the SQLite of this runtime": [process.versions.bun ? "isBunSqlite" : "isNodeSqlite", local.client, "sqlite", "host"],
  "a client of libSQL for a file": ["isLibsql", libsql, "sqlite", "host"],
  "a client of libSQL for a server": ["isLibsql", remoteLibsql, "sqlite", "cluster"],
  "Pool of pg": ["isPgPool", new pg.Pool({ connectionString: URL }), "postgres", "cluster"],
  "Client of pg": ["isPgClient", new pg.Client({ connectionString: URL }), "postgres", "cluster"],
  "postgres.js": ["isPostgresJs", postgres(URL), "postgres", "cluster"],
  PGlite: ["isPGlite", pglite, "postgres", "cluster"],
  "neon()": ["isNeon", neon.neon(URL), "postgres", "cluster"],
  "Pool of Neon": ["isPgPool", new neon.Pool({ connectionString: URL }), "postgres", "cluster"],
  "db0 of SQLite": ["isDb0", createDatabase(nodeSqlite({ name: ":memory:" })), "sqlite", "host"],
  "db0 of PostgreSQL": ["isDb0", createDatabase(postgresql({ url: URL })), "postgres", "cluster"],
};

if (!process.versions.bun && !process.versions.deno) {
  const { Miniflare } = await import("miniflare");
  const workers = new Miniflare({ modules: true, script: "export default {}", d1Databases: ["DB"] });
  ends.push(() => workers.dispose());
  const database = (await workers.getD1Database("DB")) as unknown as SqlClient;
  ACCEPTED["a D1 database"] = ["isD1", database, "sqlite", "cluster"];
}

/** An object with these methods, as clients that are not installed here have them. */
function withMethods(names: string): object {
  return Object.fromEntries(names.split(" ").map((name) => [name, () => undefined]));
}

const REFUSED: Record<string, unknown> = {
  null: null,
  "a URL": URL,
  "a number": 5,
  "a plain object": {},
  "a function": () => undefined,
  "a promise of a client": Promise.resolve(local.client),
  "a class instead of its object": pg.Pool,
  "a module instead of its client": neon,
  "the options of a client": { connectionString: URL },
  "a pool of mysql2": withMethods(
    "getConnection releaseConnection query execute end on escape escapeId format promise",
  ),
  "a pool of mysql2/promise": withMethods(
    "getConnection releaseConnection query execute end on escape escapeId format",
  ),
  "a connection of mysql2/promise": withMethods(
    "connect query execute end destroy on beginTransaction commit rollback prepare ping escape escapeId format",
  ),
  "Database of sqlite3": withMethods(
    "exec run get all each prepare close configure interrupt loadExtension on serialize parallelize wait",
  ),
  "Database of sql.js": withMethods("run exec each prepare export close getRowsModified create_function"),
  Kysely: {
    ...withMethods(
      "selectFrom insertInto updateTable deleteFrom transaction connection withPlugin executeQuery destroy",
    ),
    schema: {},
    fn: {},
  },
  "Drizzle over better-sqlite3": {
    ...withMethods("select insert update delete run all get values transaction $count"),
    $client: {},
    query: {},
  },
  "Drizzle over D1": { ...withMethods("select insert update delete run all get values batch transaction"), query: {} },
  "Drizzle over PostgreSQL": { ...withMethods("select insert update delete execute transaction $count"), query: {} },
  Knex: Object.assign(() => undefined, withMethods("select from insert raw transaction destroy batchInsert ref")),
  "Prisma's client": withMethods("$connect $disconnect $queryRaw $executeRaw $transaction $on $extends"),
  "db0 of MySQL": createDatabase(mysql2({ host: "127.0.0.1", port: 1 })),
};

if (process.versions.bun) {
  const { SQL } = await import("bun");
  for (const url of ["sqlite://:memory:", "mysql://127.0.0.1:1/accounts", URL]) {
    const database = new SQL(url);
    ends.push(() => database.close());
    REFUSED[`Bun.SQL with ${url}`] = database;
  }
}

function isRefused(error: DriverError): boolean {
  assert.equal(error.code, "invalid_option");
  assert.match(error.message, /^Cannot use this client: pass .*node:sqlite.*libSQL.*D1.*postgres\.js.*Neon or db0$/);
  return true;
}

describe("sql finds the kind of a client", () => {
  for (const [name, [check, client, dialect, guarantee]] of Object.entries(ACCEPTED)) {
    it(`of ${name}`, () => {
      const found = Object.keys(CHECKS).filter((each) => CHECKS[each]?.(client));
      assert.deepEqual(found, [check]);
      const kind = kindOf(client);
      assert.deepEqual([kind.dialect, kind.guarantee], [dialect, guarantee]);
      assert.equal(sql({ client }).guarantee, guarantee);
    });
  }
});

describe("sql refuses at once", () => {
  it("Client of Neon, which does not show whether a transaction is open", () => {
    const client = new neon.Client(URL);
    assert.ok(CHECKS.isPgClient?.(client));
    assert.throws(() => sql({ client }), { code: "invalid_option", message: /pass a Pool/ });
  });
  for (const [name, client] of Object.entries(REFUSED)) {
    it(name, () => assert.throws(() => sql({ client: client as SqlClient }), isRefused));
  }
});

it("sql refuses at the first call a db0 whose connector has a client that it does not know", async () => {
  const sqlite3 = { name: "sqlite3", dialect: "sqlite", getInstance: () => REFUSED["Database of sqlite3"] };
  const driver = sql({ client: createDatabase({ ...withMethods("exec prepare"), ...sqlite3 } as Connector) });
  await assert.rejects(driver.read("one"), isRefused);
  await assert.rejects(driver.swap("one", null, "a"), isRefused);
});
