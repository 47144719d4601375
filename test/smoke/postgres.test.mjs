// PostgreSQL on Node 20, by both clients that a URL loads, with the built package.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import sql from "anon-accounts/drivers/sql";
import { driverConformance } from "anon-accounts/testing";
import pg from "pg";
import postgres from "postgres";
import { checkCommands } from "./commands.mjs";

const server = process.env.ANON_TEST_POSTGRES_URL;
const skip = server === undefined && process.env.ANON_REQUIRE_POSTGRES !== "1" && "no PostgreSQL server";
if (skip) console.log(`\n!!! SKIPPED: ${skip} !!!\n`);

// scripts/postgres/tidy.mjs drops what begins so
const schema = `${process.env.ANON_TEST_RUN}_${randomBytes(6).toString("hex")}`;
const cwd = mkdtempSync(join(tmpdir(), "anon-postgres-"));
let pool;
let postgresJs;
let table = "";
let count = 0;

const HANDLES = {
  "by URL": () => ({ url: server }),
  "over a Pool": () => ({ client: pool }),
  "over postgres.js": () => ({ client: postgresJs }),
};

describe("PostgreSQL", { skip }, () => {
  before(async () => {
    pool = new pg.Pool({ connectionString: server });
    postgresJs = postgres(server);
    await pool.query(`CREATE SCHEMA ${schema}`);
  });

  after(async () => {
    await Promise.all([pool?.end(), postgresJs?.end()]);
    rmSync(cwd, { recursive: true, force: true });
  });

  for (const [name, options] of Object.entries(HANDLES)) {
    describe(`${name}: conformance`, () => {
      const reopen = () => sql({ ...options(), table });
      function open() {
        table = `${schema}.t${count++}`;
        return reopen();
      }
      for (const { name, run } of driverConformance({ open, reopen, keys: 10_000 })) {
        it(name, { timeout: 590_000 }, run);
      }
    });
  }

  it("is a storage of the CLI, which creates, converts, deletes and lists", () => {
    const url = new URL(server);
    url.searchParams.set("options", `-c search_path=${schema}`);
    checkCommands({ cwd, url: url.href });
  });
});
