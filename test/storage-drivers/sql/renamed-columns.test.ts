/** A client whose rows do not have the names of the columns, so that every value would look absent. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import postgres from "postgres";
import sql from "../../../storage-drivers/sql/index.ts";
import { needsPostgres, postgresUrl, stopServers, uniqueTable } from "../../support/postgres.ts";

after(stopServers);

describe("a client that renames columns", () => {
  it("is refused", needsPostgres("shared"), async () => {
    const url = await postgresUrl();
    const table = uniqueTable();
    const usual = sql({ url, table });
    await usual.swap("k", null, "1");
    await usual.dispose();
    const client = postgres(url, { transform: postgres.toPascal });
    const storage = sql({ client, table });
    const refusal = { code: "invalid_option", message: /the client renames columns/ };
    await assert.rejects(storage.read("k"), refusal);
    await assert.rejects(storage.swap("k", "1", "2"), refusal);
    await client.end();
  });
});
