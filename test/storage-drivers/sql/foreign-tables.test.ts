/** Tables that something else made, or a newer release. Nothing is read from them, and nothing changed. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { query } from "../../../scripts/postgres/query.mjs";
import type { DriverError } from "../../../storage-drivers/shared/driver-error.ts";
import sql from "../../../storage-drivers/sql/index.ts";
import { needsPostgres, postgresUrl, stopServers, uniqueTable } from "../../support/postgres.ts";
import { connect, newFile, removeFiles } from "../../support/sqlite.ts";

after(removeFiles);
after(stopServers);

/** A database, and SQL in it. */
interface Place {
  url: string;
  exec(sql: string): Promise<unknown>;
}

const PLACES = [
  [
    "sqlite",
    async (): Promise<Place> => {
      const path = newFile();
      const { exec } = await connect(path);
      return { url: `sqlite:${path}`, exec: async (sql) => exec(sql) };
    },
    {},
  ],
  [
    "postgres",
    async (): Promise<Place> => {
      const url = await postgresUrl();
      return { url, exec: (sql) => query(url, sql) };
    },
    needsPostgres("shared"),
  ],
] as const;

const FOREIGN: Readonly<Record<string, (table: string) => [sql: string, named: string]>> = {
  "a table with the name of the accounts": (table) => [`CREATE TABLE ${table} (id integer)`, table],
  "that table in capitals": (table) => [`CREATE TABLE ${table.toUpperCase()} (id integer)`, table],
  "a table with the name of the view": (table) => [`CREATE TABLE ${table}_users (id integer)`, `${table}_users`],
  "a view with the name of the view": (table) => [`CREATE VIEW ${table}_users AS SELECT 1 AS id`, `${table}_users`],
  "a table with the name of the counts": (table) => [
    `CREATE TABLE ${table}_counters (id integer)`,
    `${table}_counters`,
  ],
  "an index with the name of the index": (table) => [
    `CREATE TABLE ${table}_other (id integer); CREATE INDEX ${table}_due ON ${table}_other (id)`,
    `${table}_due`,
  ],
  "an index with the name of the index of the counts": (table) => [
    `CREATE TABLE ${table}_other (id integer); CREATE INDEX ${table}_ends ON ${table}_other (id)`,
    `${table}_ends`,
  ],
};

for (const [name, open, options] of PLACES) {
  describe(`sql on ${name}`, () => {
    /** Reads and writes, and expects the same error each time. */
    async function isCorrupt(url: string, table: string, message: string): Promise<void> {
      const driver = sql({ url, table });
      const expected = (error: DriverError) => {
        assert.deepEqual([error.code, error.message], ["corrupt", message]);
        return true;
      };
      await assert.rejects(driver.read("one"), expected);
      await assert.rejects(driver.swap("one", null, "a"), expected);
      await assert.rejects(driver.getKeys("", {}) as Promise<unknown>, expected);
      await driver.dispose();
    }

    for (const [what, of] of Object.entries(FOREIGN)) {
      it(`refuses ${what}`, options, async () => {
        const { url, exec } = await open();
        const table = uniqueTable();
        const [statements, named] = of(table);
        await exec(statements);
        await isCorrupt(
          url,
          table,
          `Cannot use the table ${table}: ${named} exists without ${table}_schema, so something else made it; choose another \`table\``,
        );
      });
    }

    it("refuses the tables of a newer release", options, async () => {
      const { url, exec } = await open();
      const table = uniqueTable();
      const driver = sql({ url, table });
      await driver.swap("one", null, "a");
      await driver.dispose();
      await exec(`INSERT INTO ${table}_schema VALUES (2)`);
      await isCorrupt(
        url,
        table,
        `Cannot use the table ${table}: ${table}_schema says version 2, and this release knows 1; update this package`,
      );
    });

    it("refuses tables without a version, as a migration that was interrupted leaves them", options, async () => {
      const { url, exec } = await open();
      const table = uniqueTable();
      await exec(`CREATE TABLE ${table}_schema (version bigint NOT NULL PRIMARY KEY)`);
      await isCorrupt(
        url,
        table,
        `Cannot use the table ${table}: ${table}_schema has no version; run the output of \`anon schema\` again`,
      );
    });
  });
}

it("sql refuses a table of another schema on SQLite", () => {
  for (const table of ["main.anon_accounts", "auth.anon_accounts"]) {
    assert.throws(
      () => sql({ url: "sqlite::memory:", table }),
      ({ code, message }: DriverError) => {
        assert.deepEqual(
          [code, message],
          ["invalid_option", `Cannot use the table ${table} on SQLite: use a name without a schema`],
        );
        return true;
      },
    );
  }
});
