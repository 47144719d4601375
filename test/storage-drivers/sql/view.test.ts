/** The view `anon_users`: the accounts of `list`, for the SQL of the application. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import pg from "pg";
import type { AnonRecord } from "../../../sdk/contract/records.ts";
import { accountKey } from "../../../sdk/storage/keys.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import sql from "../../../storage-drivers/sql/index.ts";
import type { TestOptions } from "../../support/needs.ts";
import { needsPostgres, postgresUrl, stopServers, uniqueTable } from "../../support/postgres.ts";
import { collect, DAY, PASSWORD, setUp } from "../../support/sdk.ts";
import { connect, newFile, removeFiles } from "../../support/sqlite.ts";

type Row = Record<string, unknown>;

/** A storage, and the SQL of an application that uses its database. */
interface Opened {
  driver: AtomicDriver;
  /** The rows of a query, in which the view is `anon_users`. */
  all(query: string): Promise<Row[]>;
  close(): Promise<void>;
}

/** A test of what is opened, which is closed afterwards. */
function using(open: () => Promise<Opened>, test: (opened: Opened) => Promise<void>): () => Promise<void> {
  return async () => {
    const opened = await open();
    try {
      await test(opened);
    } finally {
      await opened.close();
    }
  };
}

/** A row with the types of JavaScript. */
interface User {
  id: string;
  collection: string;
  email: string;
  username: string;
  verified: boolean;
  anonymous: boolean;
  created: string;
  last_active: string;
  data: Row;
  key: string;
}

async function openSqlite(): Promise<Opened> {
  const file = newFile();
  const { client, all } = await connect(file);
  const driver = sql({ client });
  return { driver, all: async (query) => all(query), close: () => driver.dispose() };
}

async function openPostgres(): Promise<Opened> {
  const url = await postgresUrl();
  const table = uniqueTable();
  const driver = sql({ url, table });
  const client = new pg.Client(url);
  await client.connect();
  return {
    driver,
    all: async (query) => (await client.query(query.replaceAll("anon_users", `${table}_users`))).rows,
    async close() {
      await client.end();
      await driver.dispose();
    },
  };
}

const DIALECTS: readonly (readonly [name: string, open: () => Promise<Opened>, options: TestOptions])[] = [
  ["sqlite", openSqlite, {}],
  ["postgres", openPostgres, needsPostgres("shared")],
];

const OWN_FIELDS = {
  name: 'O\'Neill "the" \\ ü 😀 {"v":1} $anon$',
  'a "name" with : and \\u0000': [1, null, { deep: [true, -0.5] }],
  escaped: "\\u0000 \\\\ud800",
  merged: 1,
  quarantine: 2,
  data: { email: null },
};

/** Valid JSON, but no text of PostgreSQL. */
const NO_TEXT = { nul: "a\0\0b\\\0", half: "\ud800x\udc00", "\0": 1 };

/** In their keys, capitals and `_` are spelled otherwise. */
const IMPORTED_IDS = ["aB_c__D-Zz", "___A", "a_b", "_"];

const NOT_ACCOUNTS = [
  "{ damaged",
  "",
  "null",
  "[]",
  '"text"',
  "1",
  '{"v":1}',
  '{"v":1,"anonymous":true,"email":"a@b.c',
];

function userOf(row: Row): User {
  const { created, last_active, data } = row;
  return {
    ...(row as unknown as User),
    verified: Boolean(row.verified),
    anonymous: Boolean(row.anonymous),
    created: new Date(created as string).toISOString(),
    last_active: new Date(last_active as string).toISOString(),
    data: (typeof data === "string" ? JSON.parse(data) : data) as Row,
  };
}

function byId(users: User[]): User[] {
  return users.sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** One account of each kind; returns the ids of those that the view leaves out. */
async function populate({ anon, clock }: ReturnType<typeof setUp>): Promise<string[]> {
  // before the others are there, so that gc quarantines only this one
  const quarantined = await anon.signInAnonymously();
  clock.now += 2 * DAY;
  assert.equal((await anon.admin.gc({ olderThan: "1d" })).quarantined, 1);
  await anon.signInAnonymously({ data: OWN_FIELDS });
  const guest = await anon.signInAnonymously({ collection: "customers" });
  const converting = await anon.signInAnonymously({ data: { cart: 3 } });
  clock.now += 5_001;
  const ada = await anon.convert(converting.token, { email: "Ada@Example.com", username: "ada", password: PASSWORD });
  const verifying = await anon.signInAnonymously();
  const identity = { provider: "example", subject: "bob", email: "bob@example.com", emailVerified: true };
  await anon.admin.convertWithIdentity(verifying.record.id, identity);
  for (const id of IMPORTED_IDS) await anon.admin.importAccount({ id });
  const held = await anon.signInAnonymously();
  await anon.admin.hold(held.record.id, { reason: "a dispute" });
  const merged = await anon.signInAnonymously({ data: { cart: 1 } });
  await anon.merge({ anonymous: merged.token, account: ada.token });
  clock.now += DAY / 2;
  assert.ok(await anon.authenticate(guest.token));
  return [quarantined.record.id, merged.record.id];
}

async function expectedOf({ anon }: ReturnType<typeof setUp>): Promise<User[]> {
  const records: AnonRecord[] = [];
  for (const collection of ["users", "customers"]) records.push(...(await collect(anon.admin.list({ collection }))));
  return await Promise.all(
    records.map(async (record) => {
      const {
        id,
        collectionName,
        collectionId: _id,
        email,
        username,
        verified,
        anonymous,
        created,
        updated: _,
        ...data
      } = record;
      const status = await anon.admin.inspect({ collection: collectionName, id });
      return {
        ...{ id, collection: collectionName, email, username, verified, anonymous },
        created: new Date(created).toISOString(),
        last_active: new Date(status?.lastActive as string).toISOString(),
        data,
        key: accountKey(collectionName, id),
      };
    }),
  );
}

for (const [name, open, options] of DIALECTS) {
  describe(`anon_users on ${name}`, () => {
    after(async () => {
      removeFiles();
      await stopServers();
    });

    it(
      "has the accounts of list, without merged and quarantined ones",
      options,
      using(open, async ({ driver, all }) => {
        const world = setUp(driver, { collections: { users: { quarantine: "7d" }, customers: {} } });
        const leftOut = await populate(world);
        const users = (await all("SELECT * FROM anon_users")).map(userOf);
        const expected = await expectedOf(world);
        assert.equal(expected.length, 5 + IMPORTED_IDS.length);
        assert.deepEqual(byId(users), byId(expected));
        for (const id of leftOut) assert.ok(!users.some((user) => user.id === id));
      }),
    );

    it(
      "shows NUL and halves of surrogate pairs in own fields, on PostgreSQL as U+FFFD",
      options,
      using(open, async ({ driver, all }) => {
        const { anon } = setUp(driver);
        const { record } = await anon.signInAnonymously({ data: { ...OWN_FIELDS, ...NO_TEXT } });
        await anon.signInAnonymously({ data: NO_TEXT });
        const users = (await all("SELECT * FROM anon_users")).map(userOf);
        assert.equal(users.length, 2);
        assert.deepEqual(
          users.find(({ id }) => id === record.id)?.data,
          name === "sqlite"
            ? { ...OWN_FIELDS, ...NO_TEXT }
            : { ...OWN_FIELDS, nul: "a\ufffd\ufffdb\\\ufffd", half: "\ufffdx\ufffd", "\ufffd": 1 },
        );
      }),
    );

    it(
      "leaves out what is no account, and shows all others",
      options,
      using(open, async ({ driver, all }) => {
        const { anon } = setUp(driver);
        const { record } = await anon.signInAnonymously();
        for (const [number, text] of NOT_ACCOUNTS.entries()) {
          assert.ok(await driver.swap(`acc:users:${"d".repeat(14)}${number}`, null, text));
        }
        await driver.swap("acd", null, "{ beside the accounts");
        const [{ email }, ...others] = (await all("SELECT * FROM anon_users")) as [Row, ...Row[]];
        assert.deepEqual([email, others], [record.email, []]);
        assert.equal((await all(`SELECT email FROM anon_users WHERE id = '${record.id}'`)).length, 1);
      }),
    );

    it(
      "finds one account by its key in the index",
      options,
      using(open, async ({ driver, all }) => {
        const { anon } = setUp(driver);
        const { record } = await anon.signInAnonymously();
        await anon.signInAnonymously();
        const orders = `(SELECT '${record.id}' AS user_id) AS orders`;
        const query = `SELECT email FROM ${orders} JOIN anon_users ON key = 'acc:users:' || user_id`;
        assert.deepEqual(
          (await all(query)).map(({ email }) => email),
          [record.email],
        );
        // so few accounts are read as a whole otherwise
        if (name === "postgres") await all("SET enable_seqscan = off");
        const plan = (await all(`EXPLAIN ${name === "sqlite" ? "QUERY PLAN " : ""}${query}`)).map((row) =>
          String(row.detail ?? row["QUERY PLAN"]),
        );
        assert.match(plan.join("\n"), /SEARCH .* USING INDEX .* \(key=\?\)|Index Cond: .*\(key = /);
      }),
    );

    it(
      "has the owner of every order, if the hooks move orders in a merge and delete them",
      options,
      using(open, async ({ driver, all }) => {
        const orders = uniqueTable();
        await all(`CREATE TABLE ${orders} (id integer, user_id text NOT NULL)`);
        const { anon, clock } = setUp(driver, {
          hooks: {
            async merge({ record, from }) {
              await all(`UPDATE ${orders} SET user_id = '${record.id}' WHERE user_id = '${from}'`);
            },
            async afterDelete({ record }) {
              await all(`DELETE FROM ${orders} WHERE user_id = '${record.id}'`);
            },
          },
        });
        const made = await anon.signInAnonymously();
        const ada = await anon.convert(made.token, { email: "ada@example.com", password: PASSWORD });
        const [merged, deleted, inactive] = await Promise.all([1, 2, 3].map(() => anon.signInAnonymously()));
        clock.now += 2 * DAY;
        const active = await anon.signInAnonymously();
        for (const [number, { record }] of [ada, merged!, deleted!, inactive!, active].entries()) {
          await all(`INSERT INTO ${orders} VALUES (${number}, '${record.id}')`);
        }
        await anon.merge({ anonymous: merged!.token, account: ada.token });
        await anon.deleteAccount(deleted!.token);
        assert.equal((await anon.admin.gc({ olderThan: "1d" })).deleted, 1);
        const joined = `SELECT o.id, u.id AS owner, u.anonymous FROM ${orders} AS o LEFT JOIN anon_users AS u ON u.id = o.user_id`;
        assert.deepEqual(
          (await all(`${joined} ORDER BY o.id`)).map(({ id, owner, anonymous }) => [id, owner, Boolean(anonymous)]),
          [
            [0, ada.record.id, false],
            [1, ada.record.id, false],
            [4, active.record.id, true],
          ],
        );
        await all(`DROP TABLE ${orders}`);
      }),
    );
  });
}

it("nests no expression of the schema deeper than builds of SQLite with a short parser stack accept", () => {
  // of SQLite 3.40 with its default of 100 places, some 25 levels are one too many
  let depth = 0;
  let deepest = 0;
  for (const character of sql({ url: "sqlite::memory:" }).schema?.() ?? "") {
    if (character === "(") deepest = Math.max(deepest, ++depth);
    else if (character === ")") depth--;
  }
  assert.ok(deepest > 5 && deepest <= 20, `${deepest} levels`);
});
