/** gc of a full storage: it must free space, so a write that fails must not stop it. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { command } from "../../../scripts/redis/resp.mjs";
import type { GcOptions } from "../../../sdk/contract/retention.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import memory from "../../../storage-drivers/memory.ts";
import redis from "../../../storage-drivers/redis/index.ts";
import { DriverError } from "../../../storage-drivers/shared/driver-error.ts";
import sql from "../../../storage-drivers/sql/index.ts";
import { needsRedis, ownRedis, stopServers } from "../../support/redis.ts";
import { collect, DAY, intercepting, PASSWORD, refused, setUp } from "../../support/sdk.ts";
import { connect, newFile, removeFiles } from "../../support/sqlite.ts";

const GUESTS = 1_000;
const ADA = { email: "ada@example.com", password: PASSWORD };

/** Puts the lock of an email in the due queue, as a conversion does that dies before it confirms the lock. */
async function reopenLock(driver: AtomicDriver): Promise<void> {
  const locks = (await collect(driver.keys(""))).filter((key) => !key.startsWith("acc:"));
  assert.equal(locks.length, 1, locks.join());
  const [key = ""] = locks;
  const text = await driver.read(key);
  assert.ok(await driver.swap(key, text, text, 0));
}

describe("gc of a full storage", () => {
  after(stopServers);
  after(removeFiles);

  const ways: [string, GcOptions, object][] = [
    ["without hooks", {}, {}],
    ["with beforeDelete", { beforeDelete: () => true }, {}],
    ["with an afterDelete hook", {}, { hooks: { afterDelete: () => undefined } }],
  ];
  for (const [name, input, options] of ways) {
    it(
      `deletes 1,000 guests from Redis at maxmemory beside an unconfirmed lock, ${name}`,
      needsRedis("own", { timeout: 120_000 }),
      async () => {
        const server = await ownRedis();
        const driver = redis({ url: server.url });
        const { anon, clock } = setUp(driver, options);
        const owner = await anon.signInAnonymously();
        await anon.convert(owner.token, ADA);
        await reopenLock(driver);
        for (let count = 0; count < GUESTS; count += 100) {
          await Promise.all(Array.from({ length: 100 }, () => anon.signInAnonymously()));
        }
        clock.now += 2 * DAY;
        await command(server.port, ["CONFIG", "SET", "maxmemory", "1"]);
        const report = await anon.admin.gc({ olderThan: "1d", ...input });
        assert.equal(report.deleted, GUESTS);
        assert.ok(report.failed <= 1, `${report.failed} failed`);
        await command(server.port, ["CONFIG", "SET", "maxmemory", "0"]);
        assert.equal((await anon.admin.gc({ olderThan: "1d" })).failed, 0);
        assert.equal((await anon.signInWithPassword(ADA.email, ADA.password)).record.id, owner.record.id);
        assert.deepEqual((await driver.due(clock.now, { limit: 9 })).entries, []);
        await anon.dispose();
      },
    );

    it(`deletes guests from a SQLite that may not grow, and makes room, ${name}`, { timeout: 120_000 }, async () => {
      const { client, exec, all } = await connect(newFile());
      const driver = sql({ client });
      const { anon, clock } = setUp(driver, options);
      const owner = await anon.signInAnonymously();
      await anon.convert(owner.token, ADA);
      await reopenLock(driver);
      exec(`PRAGMA max_page_count = ${Number(all("PRAGMA page_count")[0]?.page_count) + 40}`);
      let created = 0;
      const fill = async (): Promise<void> => {
        for (;;) {
          await anon.signInAnonymously();
          created++;
        }
      };
      const { message } = await refused(fill(), "storage_unavailable");
      assert.match(message, /is full/);
      assert.ok(created > 100, `${created}`);
      clock.now += 2 * DAY;
      const report = await anon.admin.gc({ olderThan: "1d", ...input });
      assert.equal(report.deleted, created);
      assert.equal((await anon.admin.gc({ olderThan: "1d" })).failed, 0);
      await anon.signInAnonymously();
      assert.equal((await anon.signInWithPassword(ADA.email, ADA.password)).record.id, owner.record.id);
      await anon.dispose();
    });
  }

  it("deletes accounts whose quarantine is over, and counts those as failed that it cannot quarantine", async () => {
    const inner = memory();
    let full = false;
    const driver = intercepting(inner, {
      swap(key, expected, next, ...rest) {
        if (full && next !== null) return Promise.reject(new DriverError("full", "No space left"));
        return inner.swap(key, expected, next, ...rest);
      },
    });
    const { anon, clock } = setUp(driver, { quarantine: "1d" });
    for (let count = 0; count < 5; count++) await anon.signInAnonymously();
    clock.now += 2 * DAY;
    assert.equal((await anon.admin.gc({ olderThan: "1d" })).quarantined, 5);
    for (let count = 0; count < 3; count++) await anon.signInAnonymously();
    const { token } = await anon.signInAnonymously();
    await anon.convert(token, ADA);
    await reopenLock(driver);
    clock.now += 2 * DAY;
    full = true;
    for (let times = 0; times < 2; times++) {
      const report = await anon.admin.gc({ olderThan: "1d" });
      assert.deepEqual([report.deleted, report.quarantined, report.failed], [times === 0 ? 5 : 0, 0, 4]);
    }
    full = false;
    const report = await anon.admin.gc({ olderThan: "1d" });
    assert.deepEqual([report.deleted, report.quarantined, report.failed], [0, 3, 0]);
  });

  it("rejects at an outage", async () => {
    const inner = memory();
    let down = false;
    const driver = intercepting(inner, {
      swap: (...args) => (down ? Promise.reject(new DriverError("unavailable", "down")) : inner.swap(...args)),
    });
    const { anon, clock } = setUp(driver, { quarantine: "1d" });
    await anon.signInAnonymously();
    clock.now += 2 * DAY;
    down = true;
    await assert.rejects(anon.admin.gc({ olderThan: "1d" }), { code: "storage_unavailable" });
  });
});

describe("doctor on a full storage", () => {
  it("counts what it cannot repair and continues, and rejects at an outage", async () => {
    const inner = memory();
    let refusal: DriverError | null = null;
    const driver = intercepting(inner, {
      swap: (...args) => (refusal && args[2] !== null ? Promise.reject(refusal) : inner.swap(...args)),
    });
    const { anon, clock } = setUp(driver);
    const member = await anon.signInAnonymously();
    await anon.convert(member.token, ADA);
    await reopenLock(driver);
    const guest = await anon.signInAnonymously();
    await anon.createTransferCode(guest.token);
    for (const key of (await collect(driver.keys(""))).filter((one) => /^(?:acc|cod):/.test(one))) {
      const text = await driver.read(key);
      await driver.swap(key, text, text, null);
    }
    clock.now += 60_000;
    refusal = new DriverError("full", "No space left");
    const report = await anon.admin.doctor();
    assert.deepEqual(report.accounts, { anonymous: 1, registered: 1, held: 0, quarantined: 0, merged: 0 });
    assert.deepEqual(report.queue, { missing: 2, stray: 0, repaired: 0 });
    assert.equal(report.complete, true);
    refusal = new DriverError("unavailable", "down");
    await assert.rejects(anon.admin.doctor(), { code: "storage_unavailable" });
    refusal = null;
    assert.deepEqual((await anon.admin.doctor()).queue, { missing: 2, stray: 0, repaired: 2 });
    assert.deepEqual((await anon.admin.doctor()).queue, { missing: 0, stray: 0, repaired: 0 });
  });
});
