/** A database of PostgreSQL that cannot hold every character. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Client } from "pg";
import sql from "../../../storage-drivers/sql/index.ts";
import { hasPostgres, needsPostgres, ownPostgres, stopServers } from "../../support/postgres.ts";

let url = "";

before(async () => {
  if (!hasPostgres("own")) return;
  url = (await ownPostgres()).url;
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const encoding of ["LATIN1", "SQL_ASCII"]) {
    await client.query(
      `CREATE DATABASE ${encoding} ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`,
    );
  }
  await client.end();
});
after(stopServers);

describe("the encoding of a database", () => {
  it("is refused if a value of one account could fail the swaps of others", needsPostgres("own"), async () => {
    const storage = sql({ url: new URL("/latin1", url).href });
    const refusal = { code: "invalid_option", message: /is LATIN1.* use a database with the encoding UTF8/ };
    await assert.rejects(storage.swap("k", null, "plain"), refusal);
    await assert.rejects(storage.read("k"), refusal);
    await storage.dispose();
  });

  it("may be SQL_ASCII, which holds every byte", needsPostgres("own"), async () => {
    const storage = sql({ url: new URL("/sql_ascii", url).href });
    const values = ["plain", "é", "😀"];
    const keys = values.map((_, at) => `k${at}`);
    await Promise.all(keys.map((key, at) => storage.swap(key, null, values[at] as string, at)));
    assert.deepEqual(await Promise.all(keys.map((key) => storage.read(key))), values);
    await storage.dispose();
  });
});
