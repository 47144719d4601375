/** The view of the accounts, with own fields that a visitor chose to break it. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { Client } from "pg";
import type { OwnFields } from "../../../sdk/contract/records.ts";
import { createAnon } from "../../../sdk/index.ts";
import sql from "../../../storage-drivers/sql/index.ts";
import { needsPostgres, postgresUrl, stopServers, uniqueTable } from "../../support/postgres.ts";

after(stopServers);

const HALF = "\ud83d";

/** Own fields, and how PostgreSQL shows them: its text holds neither NUL nor half of a surrogate pair. */
const FIELDS: [stored: OwnFields, shown: OwnFields][] = [
  [{ name: 'O\'Brien "😀" \\ \n' }, { name: 'O\'Brien "😀" \\ \n' }],
  [{ name: "a\0b\0\0" }, { name: "a\ufffdb\ufffd\ufffd" }],
  [{ name: `${HALF}x\udfff${HALF}` }, { name: "\ufffdx\ufffd\ufffd" }],
  [{ ["k\0"]: 1 }, { ["k\ufffd"]: 1 }],
  // a backslash before the escape, and a text that only looks like one
  [{ name: "\\\0" }, { name: "\\\ufffd" }],
  [{ name: "\\u0000 \\\\ud83d" }, { name: "\\u0000 \\\\ud83d" }],
  [
    { merged: 1, quarantine: 2, data: { x: [null] } },
    { merged: 1, quarantine: 2, data: { x: [null] } },
  ],
];

describe("the view of PostgreSQL", () => {
  it("shows every account, whatever their own fields hold", needsPostgres("shared"), async () => {
    const url = await postgresUrl();
    const table = uniqueTable();
    const storage = sql({ url, table });
    const anon = createAnon({ storage, secret: "a secret of at least thirty-two characters" });
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      const expected = new Map<string, OwnFields>();
      for (const [data, shown] of FIELDS) {
        const { record } = await anon.signInAnonymously({ data });
        expected.set(record.id, shown);
      }
      const { rows } = await client.query(`SELECT id, email, anonymous, data FROM ${table}_users`);
      assert.deepEqual(new Map(rows.map(({ id, data }) => [id, data])), expected);
      for (const { id, email } of rows) assert.equal(email, `anon-${id}@anonymous.invalid`);
    } finally {
      await client.end();
      await anon.dispose();
    }
  });
});
