/** What signing in and authenticating cost a database: 64 at once are one commit, one round trip or one statement. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, it } from "node:test";
import { createAnon } from "../../../sdk/index.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import sql from "../../../storage-drivers/sql/index.ts";
import { needsPostgres, postgresUrl, stopServers, uniqueTable } from "../../support/postgres.ts";
import { SECRET } from "../../support/sdk.ts";
import { newFile, removeFiles } from "../../support/sqlite.ts";
import { startProxy } from "../../support/tcp-proxy.ts";

const AT_ONCE = 64;
const times = Array.from({ length: AT_ONCE });

after(async () => {
  removeFiles();
  await stopServers();
});

/** What `count` grows by while as many guests sign in at once, and then authenticate at once. */
async function costsOf(storage: AtomicDriver, count: (what: "write" | "read") => number): Promise<[number, number]> {
  const anon = createAnon({ storage, secret: SECRET });
  // connects, and makes the tables
  await anon.signInAnonymously();
  const [writes, reads] = [count("write"), count("read")];
  const guests = await Promise.all(times.map(() => anon.signInAnonymously()));
  const found = await Promise.all(guests.map(({ token }) => anon.authenticate(token)));
  assert.deepEqual(
    found.map((one) => one?.record.id),
    guests.map(({ record }) => record.id),
  );
  return [count("write") - writes, count("read") - reads];
}

/** How many transactions the WAL of a file holds: the last frame of each has the size of the database. */
function commitsOf(file: string): number {
  const wal = readFileSync(`${file}-wal`);
  const frame = 24 + wal.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at + frame <= wal.length; at += frame) if (wal.readUInt32BE(at + 4) > 0) commits++;
  return commits;
}

describe("signing in over SQL", () => {
  it("is one commit for all guests of a tick (SQLite)", async () => {
    const file = newFile();
    const storage = sql({ url: `sqlite:${file}` });
    assert.deepEqual(await costsOf(storage, (what) => (what === "write" ? commitsOf(file) : 0)), [1, 0]);
    await storage.dispose();
  });

  it(
    "is one statement for all guests of a tick, and so is authenticating (PostgreSQL)",
    needsPostgres("shared"),
    async () => {
      const url = new URL(await postgresUrl());
      const proxy = await startProxy(Number(url.port));
      url.port = `${proxy.port}`;
      const table = uniqueTable();
      const storage = sql({ url: url.href, table });
      const texts = { write: `INSERT INTO ${table} (`, read: "SELECT key, value FROM" };
      assert.deepEqual(await costsOf(storage, (what) => proxy.sent(texts[what])), [1, 1]);
      await storage.dispose();
      await proxy.close();
    },
  );
});
