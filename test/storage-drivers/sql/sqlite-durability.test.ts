/** Which commits SQLite flushes to disk: in WAL those with `synchronous` at FULL. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import sql, { type SqlClient, type SqlDriverOptions } from "../../../storage-drivers/sql/index.ts";
import { PASSWORD, setUp } from "../../support/sdk.ts";
import { connect, newFile, removeFiles } from "../../support/sqlite.ts";

after(removeFiles);

const NORMAL = 1;
const FULL = 2;

/** A connection in WAL, and the value of `PRAGMA synchronous` at each of its commits. */
async function observed(synchronous: number): Promise<{ client: SqlClient; commits: number[] }> {
  const { client, exec, all } = await connect(newFile());
  exec("PRAGMA journal_mode = WAL");
  exec(`PRAGMA synchronous = ${synchronous}`);
  const commits: number[] = [];
  // node:sqlite prepares statements with the first, bun:sqlite with the second
  const clients = client as unknown as Record<string, (sql: string) => { run(): unknown }>;
  for (const name of ["prepare", "query"]) {
    const prepare = clients[name]?.bind(client);
    if (!prepare) continue;
    clients[name] = (text) => {
      const statement = prepare(text);
      if (text !== "COMMIT") return statement;
      return {
        run() {
          commits.push(Number(all("PRAGMA synchronous")[0]?.synchronous));
          return statement.run();
        },
      };
    };
  }
  return { client, commits };
}

describe("sql on SQLite flushes to disk", () => {
  for (const [durability, guest, registered] of [
    ["registered", NORMAL, FULL],
    ["disk", FULL, FULL],
    ["os", NORMAL, NORMAL],
  ] as const) {
    it(`with durability "${durability}": guests at ${guest}, registered accounts at ${registered}`, async () => {
      const { client, commits } = await observed(NORMAL);
      const options: SqlDriverOptions = { client, durability };
      const { anon } = setUp(sql(options));
      await anon.signInAnonymously();
      commits.splice(0);
      const { token } = await anon.signInAnonymously();
      assert.ok(commits.length > 0);
      assert.deepEqual(new Set(commits.splice(0)), new Set([guest]));
      await anon.convert(token, { email: "ada@example.com", password: PASSWORD });
      assert.ok(commits.includes(registered));
      assert.deepEqual(commits.at(-1), registered);
      await anon.dispose();
    });
  }

  it("a transaction that holds one durable write among others", async () => {
    const { client, commits } = await observed(NORMAL);
    const driver = sql({ client });
    await driver.swap("first", null, "a");
    commits.splice(0);
    await Promise.all([
      driver.swap("guest", null, "a"),
      driver.swap("registered", null, "a", null, { durable: true }),
      driver.swap("other guest", null, "a"),
    ]);
    assert.deepEqual(commits, [FULL]);
    await driver.swap("guest", "a", "b");
    assert.deepEqual(commits, [FULL, NORMAL]);
    await driver.dispose();
  });

  it("what the application's connection flushes anyway", async () => {
    const { client, commits } = await observed(3);
    const driver = sql({ client, durability: "os" });
    await driver.swap("one", null, "a");
    await driver.swap("two", null, "a", null, { durable: true });
    assert.deepEqual(new Set(commits), new Set([3]));
    await driver.dispose();
  });
});
