import assert from "node:assert/strict";
import process from "node:process";
import { after, describe, it } from "node:test";
import { readBetterAuth, readBetterAuthDatabase } from "../../../cli/importers/better-auth.ts";
import { query } from "../../../scripts/postgres/query.mjs";
import type { ImportedAccount } from "../../../sdk/types.ts";
import { needsPostgres, stopServers, uniqueSchemaUrl } from "../../support/postgres.ts";
import { connect, newFile, removeFiles } from "../../support/sqlite.ts";
import { SLOW } from "../run.ts";
import { type BetterAuthTables, betterAuthStatements } from "./databases.ts";
import { type AllRead, fixture, fixtureText, readAll, stream } from "./support.ts";

after(removeFiles);
after(stopServers);

const ADA = {
  id: "CG2Ee9ZXbKVmQ1aJ0tZrYwS8uLpN4dHf",
  anonymous: false,
  email: "ada@example.com",
  username: "Ada",
  verified: true,
  created: "2024-05-06T07:08:09.123Z",
  updated: "2024-05-07T07:08:09.123Z",
  passwordHash:
    "0123456789abcdef0123456789abcdef:84ae14feb3a1fd613fc0dabc073e62c497eeae37c7227171e564b719640cd4f22948a17206feb8ce5970b22330653636d51d03eec523bc5fbe2ddc7ee27660a1",
  identities: [{ provider: "google", subject: "110169484474386276334", linked: "2024-05-07T07:08:09.123Z" }],
  fields: { name: "Ada" },
};
const GRACE = {
  id: "GRACe9ZXbKVmQ1aJ0tZrYwS8uLpN4dHf",
  anonymous: false,
  email: "grace@example.com",
  verified: false,
  created: "2024-05-06T07:08:09.123Z",
  updated: "2024-05-06T07:08:09.123Z",
  passwordHash:
    "748ac02ed41c25f8d66b4c62b1c379fb:57240a59dc4bc33bdcc3b7b390322af177bdb7a233db3c29f7ae73d9f9606858031bb69f29f5a5e3f96ae3d3d00fc8ab152f966cefe98d4e0da823857b2714af",
  identities: [],
  fields: { name: "Grace" },
};
const GUEST = {
  id: "Guest9ZXbKVmQ1aJ0tZrYwS8uLpN4dHf",
  anonymous: true,
  email: "temp-Guest9@example.com",
  verified: false,
  created: "2024-05-06T07:08:09.123Z",
  updated: "2024-05-06T07:08:09.123Z",
  identities: [],
  fields: { name: "Anonymous" },
};

function check({ accounts, rejected }: AllRead): void {
  assert.deepEqual(accounts, [ADA, GRACE, GUEST]);
  assert.deepEqual(
    rejected.map(({ at, id, code }) => [at, id, code]),
    [[{ record: 4 }, "ZZ2Ee9ZXbKVmQ1aJ0tZrYwS8uLpN4dHf", "disabled"]],
  );
}

describe("Better Auth", () => {
  it("reads its tables as one object, as two arrays and as lines", async () => {
    check(await readAll(readBetterAuth(fixture("better-auth.json"), { fields: [] })));
    const { user, account } = JSON.parse(await fixtureText("better-auth.json")) as BetterAuthTables;
    for (const write of [JSON.stringify, (rows: object[]) => rows.map((row) => JSON.stringify(row)).join("\n")]) {
      const options = { fields: [], identities: stream(write(account)) };
      const { accounts, rejected } = await readAll(readBetterAuth(stream(write(user)), options));
      assert.deepEqual([accounts, rejected.length], [[ADA, GRACE, GUEST], 1]);
    }
  });

  it("takes a displayed username only where it is the same name, because anyone may have any text displayed", async () => {
    const users = [
      { id: "a", username: "mallory", displayUsername: "ada" },
      { id: "b", username: "ada", displayUsername: "ADA" },
      { id: "c", username: "grace", displayUsername: "Grace Hopper" },
      { id: "d", displayUsername: "eve" },
    ];
    const { accounts } = await readAll(readBetterAuth(stream(JSON.stringify(users)), { fields: [] }));
    assert.deepEqual(
      accounts.map(({ username }) => username),
      ["mallory", "ADA", "grace", undefined],
    );
  });

  it("refuses banned accounts in every spelling, and says which have a second factor", async () => {
    const users = [
      ...["TRUE", "True", "t", "1", 1, true, "on", "Y", 2, {}].map((banned, index) => ({ id: `${index}`, banned })),
      ...[true, "TRUE", 1].map((twoFactorEnabled, index) => ({ id: `two${index}`, banned: "FALSE", twoFactorEnabled })),
      { id: "zone", banned: true, banExpires: "2001-01-01T00:00:00Z", twoFactorEnabled: false },
    ];
    const { accounts, rejected, withSecondFactor } = await readAll(
      readBetterAuth(stream(JSON.stringify(users)), { fields: [] }),
    );
    assert.equal(rejected.filter(({ code }) => code === "disabled").length, 10);
    assert.deepEqual(withSecondFactor, ["two0", "two1", "two2"]);
    assert.equal(accounts.at(-1)?.id, "zone", "a ban that is over");
  });

  it("reads times as text, in seconds, milliseconds and microseconds, and none", async () => {
    const moment = "2024-05-06T06:48:09";
    const given = [1_714_978_089, 1_714_978_089_123, "1714978089123456", `${moment}Z`, `${moment}.1`, null, 0, ""];
    const users = given.map((createdAt, index) => ({ id: `${index}`, createdAt }));
    const { accounts } = await readAll(readBetterAuth(stream(JSON.stringify(users)), { fields: [] }));
    assert.deepEqual(
      accounts.map(({ created }) => created),
      [
        `${moment}.000Z`,
        `${moment}.123Z`,
        `${moment}.123Z`,
        `${moment}Z`,
        `${moment}.1Z`,
        undefined,
        undefined,
        undefined,
      ],
    );
  });

  it("keeps columns that are named as own fields", async () => {
    const { accounts } = await readAll(readBetterAuth(fixture("better-auth.json"), { fields: ["role"] }));
    assert.deepEqual(accounts[0]?.fields, { name: "Ada", role: "admin" });
  });

  for (const [kind, spelled] of [
    ["its own columns", undefined],
    ["columns in snake case", (column: string) => column.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)],
  ] as const) {
    it(`reads SQLite with ${kind}`, async () => {
      const file = newFile();
      const { exec, close } = await connect(file);
      for (const statement of await betterAuthStatements("sqlite", spelled)) exec(statement);
      close();
      check(await readAll(readBetterAuthDatabase(`sqlite:${file}`, { fields: [] })));
    });
  }

  it("reads PostgreSQL", needsPostgres("shared", { timeout: 120_000 }), async () => {
    const url = await uniqueSchemaUrl();
    for (const statement of await betterAuthStatements("postgres")) await query(url, statement);
    check(await readAll(readBetterAuthDatabase(url, { fields: [] })));
  });

  it(
    "takes a time of PostgreSQL without a zone as UTC, wherever it is read",
    needsPostgres("shared", SLOW),
    async () => {
      const url = await uniqueSchemaUrl();
      const times =
        '"createdAt" timestamp, "updatedAt" timestamptz, "linkedAt" text, "banned" boolean, "banExpires" timestamp';
      await query(url, `CREATE TABLE "user" (id text, ${times})`);
      await query(url, `INSERT INTO "user" VALUES ('a', '2024-05-06 07:08:09.123', '2024-05-06 09:08:09.123+02')`);
      await query(url, `INSERT INTO "user" VALUES ('b', NULL, NULL, NULL, true, 'infinity')`);
      await query(
        url,
        `CREATE TABLE "account" (id text, "userId" text, "providerId" text, "accountId" text, "createdAt" timestamp)`,
      );
      await query(url, `INSERT INTO "account" VALUES ('1', 'a', 'google', '1', '2024-05-06 07:08:09.123')`);
      const zone = process.env.TZ;
      process.env.TZ = "America/New_York";
      try {
        const { accounts, rejected } = await readAll(readBetterAuthDatabase(url, { fields: [] }));
        const [{ created, updated, identities = [] }] = accounts as [ImportedAccount];
        assert.deepEqual([created, updated, identities[0]?.linked], new Array(3).fill("2024-05-06T07:08:09.123Z"));
        assert.deepEqual(
          rejected.map(({ id, code }) => [id, code]),
          [["b", "disabled"]],
        );
      } finally {
        if (zone === undefined) delete process.env.TZ;
        else process.env.TZ = zone;
      }
    },
  );

  it("reads tables of several pages", async () => {
    const file = newFile();
    const { exec, close } = await connect(file);
    exec('CREATE TABLE "users" (id text PRIMARY KEY, email text)');
    exec('CREATE TABLE "accounts" (id text PRIMARY KEY, "userId" text, "providerId" text, "accountId" text)');
    const count = 2_500;
    const counted = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
    exec(`INSERT INTO "users" ${counted} SELECT 'user' || i, 'user' || i || '@example.com' FROM n`);
    exec(`INSERT INTO "accounts" ${counted} SELECT 'a' || i, 'user' || i, 'github', i FROM n`);
    close();
    const { accounts } = await readAll(readBetterAuthDatabase(`sqlite:${file}`, { fields: [] }));
    assert.equal(new Set(accounts.map(({ id }) => id)).size, count);
    for (const { id, identities } of accounts) {
      assert.deepEqual(identities, [{ provider: "github", subject: id.slice("user".length) }]);
    }
  });

  it("says which file is missing", async () => {
    await assert.rejects(
      readAll(readBetterAuthDatabase("sqlite:./nowhere.db", { fields: [] })),
      /there is no such file/,
    );
  });
});
