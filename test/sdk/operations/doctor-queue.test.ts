import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { Cluster, Redis } from "ioredis";
import { query } from "../../../scripts/postgres/query.mjs";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import fs from "../../../storage-drivers/fs/index.ts";
import memory from "../../../storage-drivers/memory.ts";
import redis from "../../../storage-drivers/redis/index.ts";
import { Layout } from "../../../storage-drivers/redis/shards.ts";
import sql from "../../../storage-drivers/sql/index.ts";
import type { TestOptions } from "../../support/needs.ts";
import { needsPostgres, postgresUrl, stopServers as stopPostgres, uniqueTable } from "../../support/postgres.ts";
import { clusterUrl, needsRedis, standaloneUrl, stopServers, uniqueBase } from "../../support/redis.ts";
import { collect, DAY, intercepting, PASSWORD, setUp } from "../../support/sdk.ts";
import { bySize } from "../../support/size.ts";
import { connect, newFile, removeFiles } from "../../support/sqlite.ts";

const MANY = bySize({ full: 300, short: 60 });
const SLOW: TestOptions = { timeout: 120_000 };

/** A storage that can lose its due queue, or values without their queue entries. */
interface Fragile {
  driver: AtomicDriver;
  loseQueue(): Promise<void>;
  loseValue?(key: string): Promise<void>;
  close(): Promise<void>;
}

async function onDisk(): Promise<Fragile> {
  const base = await mkdtemp(join(tmpdir(), "anon-doctor-"));
  const driver = fs({ base });
  return {
    driver,
    loseQueue: () => rm(join(base, "due"), { recursive: true }),
    async close() {
      await driver.dispose();
      await rm(base, { recursive: true, force: true });
    },
  };
}

async function onServer(url: string): Promise<Fragile> {
  const base = uniqueBase();
  const layout = new Layout(base);
  const driver = redis({ url, base });
  const [, host = "", port = ""] = /\/\/([^:,/]+):(\d+)/.exec(url) ?? [];
  const client = url.includes("+cluster") ? new Cluster([{ host, port: Number(port) }]) : new Redis(url);
  return {
    driver,
    async loseQueue() {
      for (const queue of layout.queues) await client.del(queue);
    },
    async loseValue(key) {
      await client.del(layout.nameOf(key));
    },
    async close() {
      await driver.dispose();
      client.disconnect();
    },
  };
}

async function onSqlite(): Promise<Fragile> {
  const { client, exec } = await connect(newFile());
  const driver = sql({ client });
  return {
    driver,
    loseQueue: async () => exec("UPDATE anon_accounts SET due = NULL"),
    close: () => driver.dispose(),
  };
}

async function onPostgres(): Promise<Fragile> {
  const [url, table] = [await postgresUrl(), uniqueTable()];
  const driver = sql({ url, table });
  return {
    driver,
    loseQueue: async () => void (await query(url, `UPDATE ${table} SET due = NULL`)),
    close: () => driver.dispose(),
  };
}

const STORAGES: readonly (readonly [name: string, open: () => Promise<Fragile>, options: TestOptions])[] = [
  ["fs", onDisk, SLOW],
  ["sqlite", onSqlite, SLOW],
  ["postgres", onPostgres, needsPostgres("shared", SLOW)],
  ["redis", async () => onServer(await standaloneUrl()), needsRedis("standalone", SLOW)],
  ["redis cluster", async () => onServer(await clusterUrl()), needsRedis("cluster", SLOW)],
];

const HEALTHY = { missing: 0, stray: 0, repaired: 0 };

for (const [name, open, options] of STORAGES) {
  describe(`doctor after the due queue of ${name} was lost`, () => {
    after(() => Promise.all([stopServers(), stopPostgres(), removeFiles()]));

    it("reports each guest that is missing in the queue, and queues it again for gc", options, async (t) => {
      const storage = await open();
      t.after(storage.close);
      const { anon, clock } = setUp(storage.driver, { quarantine: "30d" });
      for (let number = 0; number < MANY; number++) {
        clock.now += 61_000;
        await anon.signInAnonymously();
      }
      const registered = await anon.convert((await anon.signInAnonymously()).token, {
        email: "ada@example.com",
        password: PASSWORD,
      });
      await anon.signInAnonymously({ collection: "customers" });
      clock.now += 30 * DAY;
      assert.equal((await anon.admin.gc({ olderThan: "7d", limit: 10 })).quarantined, 10);
      assert.deepEqual((await anon.admin.doctor()).queue, HEALTHY);

      await storage.loseQueue();
      assert.equal((await anon.admin.gc({ olderThan: "7d" })).examined, 0);
      const dry = await anon.admin.doctor({ dryRun: true });
      assert.deepEqual(dry.queue, { missing: MANY, stray: 0, repaired: 0 });
      assert.deepEqual((await anon.admin.doctor({ dryRun: true })).queue, dry.queue);
      assert.deepEqual((await anon.admin.doctor()).queue, { missing: MANY, stray: 0, repaired: MANY });
      assert.deepEqual((await anon.admin.doctor()).queue, HEALTHY);

      clock.now += 31 * DAY;
      const { deleted, quarantined } = await anon.admin.gc({ olderThan: "7d" });
      assert.deepEqual([deleted, quarantined], [10, MANY - 10]);
      assert.equal((await anon.admin.get(registered.record.id))?.anonymous, false);
      const others = { collection: "customers" } as const;
      assert.equal((await anon.admin.doctor(others)).queue?.repaired, 1);
      assert.equal((await anon.admin.gc({ olderThan: "7d", ...others })).quarantined, 1);
    });

    it("queues one-time codes and idempotency keys again, so that gc removes them", options, async (t) => {
      const storage = await open();
      t.after(storage.close);
      const { anon, clock } = setUp(storage.driver);
      const { token } = await anon.signInAnonymously({ idempotencyKey: "an-idempotency-key" });
      await anon.createTransferCode(token);
      await anon.createTransferCode(token);
      const stored = async () => {
        const keys = await collect(storage.driver.keys(""));
        return keys.map((key) => key.slice(0, 3)).sort();
      };
      assert.deepEqual(await stored(), ["acc", "cod", "cod", "one"]);
      assert.deepEqual((await anon.admin.doctor()).queue, HEALTHY);
      await storage.loseQueue();
      clock.now += DAY;
      await anon.admin.gc({ olderThan: "7d" });
      assert.deepEqual(await stored(), ["acc", "cod", "cod", "one"]);
      assert.deepEqual((await anon.admin.doctor({ dryRun: true })).queue, { missing: 4, stray: 0, repaired: 0 });
      assert.deepEqual((await anon.admin.doctor()).queue, { missing: 4, stray: 0, repaired: 4 });
      await anon.admin.gc({ olderThan: "1m" });
      assert.deepEqual(await stored(), []);
    });

    it("repairs while others write, and undoes none of their changes", options, async (t) => {
      const storage = await open();
      t.after(storage.close);
      const { anon, clock } = setUp(storage.driver, { activityResolution: "0s" });
      const guests = await Promise.all(Array.from({ length: 120 }, () => anon.signInAnonymously()));
      await storage.loseQueue();
      clock.now += DAY;
      const kept = guests.slice(0, 40);
      const converted = guests.slice(40, 60);
      const gone = guests.slice(60, 80);
      await Promise.all([
        anon.admin.doctor(),
        ...kept.map(({ record }, number) => anon.admin.update(record.id, { number })),
        ...converted.map(({ token }, number) =>
          anon.convert(token, { email: `guest${number}@example.com`, password: PASSWORD }),
        ),
        ...gone.map(({ record }) => anon.admin.delete(record.id)),
        anon.admin.doctor(),
      ]);
      await anon.admin.doctor();
      assert.deepEqual((await anon.admin.doctor()).queue, HEALTHY);
      const left = await collect(anon.admin.list());
      assert.equal(left.length, 100);
      const numbers = kept.map(({ record }) => left.find(({ id }) => id === record.id)?.number);
      assert.deepEqual(
        numbers,
        kept.map((_, number) => number),
      );
      assert.equal(left.filter(({ anonymous }) => !anonymous).length, 20);
      clock.now += DAY;
      assert.equal((await anon.admin.gc({ olderThan: "0s" })).deleted, 80);
      assert.equal((await collect(anon.admin.list())).length, 20);
    });

    it("removes queue entries of deleted and of registered accounts", options, async (t) => {
      const storage = await open();
      t.after(storage.close);
      const { anon } = setUp(storage.driver);
      const { record } = await anon.signInAnonymously();
      const member = await anon.convert((await anon.signInAnonymously()).token, {
        email: "ada@example.com",
        password: PASSWORD,
      });
      const key = `acc:users:${member.record.id}`;
      const text = await storage.driver.read(key);
      assert.equal(await storage.driver.swap(key, text, text, 5), true);
      await storage.loseValue?.(`acc:users:${record.id}`);
      const stray = storage.loseValue ? 2 : 1;
      assert.deepEqual((await anon.admin.doctor({ dryRun: true })).queue, { missing: 0, stray, repaired: 0 });
      assert.deepEqual((await anon.admin.doctor()).queue, { missing: 0, stray, repaired: stray });
      assert.deepEqual((await anon.admin.doctor()).queue, HEALTHY);
      assert.equal((await anon.admin.findByEmail("ada@example.com"))?.id, member.record.id);
    });
  });
}

it("doctor does not compare the due queue if the driver has no `dueTimes`", async () => {
  const { anon } = setUp(intercepting(memory(), { dueTimes: undefined }));
  await anon.signInAnonymously();
  const { queue, complete } = await anon.admin.doctor();
  assert.deepEqual([queue, complete], [null, true]);
});
