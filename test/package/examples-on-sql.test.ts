/** An example on SQLite and on PostgreSQL: its API, without a browser, across a restart. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import PocketBase, { type RecordModel } from "pocketbase";
import { startExample } from "../e2e/support/example.ts";
import type { TestOptions } from "../support/needs.ts";
import { needsPostgres, stopServers, uniqueSchemaUrl } from "../support/postgres.ts";
import { PASSWORD, SECRET } from "../support/sdk.ts";

const GUESTS = "/api/collections/users";
const TIMEOUT = { timeout: 300_000 };
const ADA = "ada@example.com";

// SQLite needs no secret: it is a file beside the database
const STORAGES: readonly (readonly [name: string, env: () => Promise<Record<string, string>>, options: TestOptions])[] =
  [
    ["sqlite", async () => ({ ANON_STORAGE: "sqlite:accounts.db" }), TIMEOUT],
    [
      "postgres",
      async () => ({ ANON_STORAGE: await uniqueSchemaUrl(), ANON_SECRET: SECRET }),
      needsPostgres("shared", TIMEOUT),
    ],
  ];

describe("an example on a SQL database", { concurrency: true }, () => {
  after(stopServers);

  for (const [name, envOf, options] of STORAGES) {
    it(`keeps a guest who registers, over a restart (${name})`, options, async () => {
      const env = await envOf();
      const example = await startExample("pocketbase-client", { env: () => env });
      const pb = new PocketBase(example.url);
      const post = { method: "POST" };
      const guest = await pb.send<{ token: string; record: RecordModel }>(`${GUESTS}/auth-anonymously`, post);
      pb.authStore.save(guest.token, guest.record);
      await example.restart();
      const body = { email: ADA, password: PASSWORD, passwordConfirm: PASSWORD, nickname: "Ada" };
      const converted = await pb.send<{ record: RecordModel }>(`${GUESTS}/convert`, { ...post, body });
      assert.equal(converted.record.id, guest.record.id);
      await example.restart();
      const other = new PocketBase(example.url).collection("users");
      const { record } = await other.authWithPassword(ADA, PASSWORD);
      assert.deepEqual([record.id, record.nickname, record.anonymous], [guest.record.id, "Ada", false]);
      assert.equal(existsSync(join(example.directory, "accounts.db")), name === "sqlite");
      assert.ok(!existsSync(join(example.directory, ".anon")));
      await example.stop();
    });
  }
});
