/** gc and doctor when the storage fails midway: the work done until then is reported. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { DoctorReport, GcReport } from "../../../sdk/contract/retention.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import redis from "../../../storage-drivers/redis/index.ts";
import sql from "../../../storage-drivers/sql/index.ts";
import { guests } from "../../support/gc.ts";
import { needsPostgres, ownPostgres, stopServers as stopPostgres } from "../../support/postgres.ts";
import { needsRedis, ownRedis, stopServers } from "../../support/redis.ts";
import { DAY, PASSWORD, refused, setUp } from "../../support/sdk.ts";

const LONG = { timeout: 120_000 };

/** The storages of servers: their name, a server with its driver, and texts of clients, which must not reach the caller. */
const SERVERS = [
  {
    name: "Redis",
    options: needsRedis("own", LONG),
    start: ownRedis,
    open: (url: string): AtomicDriver => redis({ url, timeout: 500 }),
    foreign: /report (?:this|it)|max retries|Connection is closed|offline queue|Command aborted|ioredis/i,
  },
  {
    name: "PostgreSQL",
    options: needsPostgres("own", LONG),
    start: ownPostgres,
    open: (url: string): AtomicDriver => sql({ url, timeout: 500 }),
    foreign: /Client has encountered|not queryable|Cannot use a pool|postgres:\/\//i,
  },
];

for (const { name, options: OWN, start, open, foreign } of SERVERS) {
  describe(`killing ${name} midway`, () => {
    after(() => Promise.all([stopServers(), stopPostgres()]));

    it("makes gc reject, and the last report counts what was deleted until then", OWN, async () => {
      const server = await start();
      let calls = 0;
      const world = setUp(open(server.url), {
        hooks: {
          async beforeDelete() {
            if (++calls === 25) await server.kill();
          },
        },
      });
      await guests(world, 60);
      world.clock.now += DAY;
      const reports: GcReport[] = [];
      const error = await refused(
        world.anon.admin.gc({ olderThan: "1h", batch: 10, onProgress: (report) => reports.push(report) }),
        "storage_unavailable",
      );
      assert.match(error.message, new RegExp(`${name} at 127\\.0\\.0\\.1:\\d+`));
      assert.doesNotMatch(error.message, foreign);
      const last = reports.at(-1);
      assert.deepEqual([last?.deleted, last?.remaining], [20, true]);
      await world.anon.dispose();
    });

    it("makes gc of two collections reject, and the last report counts what was deleted in both", OWN, async () => {
      const server = await start();
      let calls = 0;
      const world = setUp(open(server.url), {
        collections: { users: { retention: "1h" }, customers: { retention: "1h" } },
        hooks: {
          async beforeDelete() {
            if (++calls === 8) await server.kill();
          },
        },
      });
      for (const collection of ["users", "customers"] as const) {
        for (let number = 0; number < 5; number++) await world.anon.signInAnonymously({ collection });
      }
      world.clock.now += DAY;
      let last: GcReport | undefined;
      await refused(
        world.anon.admin.gc({
          onProgress: (report) => {
            last = report;
          },
        }),
        "storage_unavailable",
      );
      assert.deepEqual([last?.deleted, last?.remaining], [5, true]);
      await world.anon.dispose();
    });

    it("makes doctor reject, and the last report is marked incomplete", OWN, async () => {
      const server = await start();
      let killing = false;
      const world = setUp(open(server.url), {
        hooks: {
          async merge() {
            if (!killing) throw new Error("down");
            await server.kill();
          },
        },
      });
      await guests(world, 400);
      const { token } = await world.anon.convert((await world.anon.signInAnonymously()).token, {
        email: "ada@example.com",
        password: PASSWORD,
      });
      const guest = await world.anon.signInAnonymously();
      await assert.rejects(world.anon.merge({ anonymous: guest.token, account: token }), /down/);
      killing = true;
      let last: DoctorReport | undefined;
      await refused(
        world.anon.admin.doctor({
          onProgress: (report) => {
            last = report;
          },
        }),
        "storage_unavailable",
      );
      assert.deepEqual([last?.complete, last?.merges.begun, last?.merges.finished], [false, 1, 0]);
      await world.anon.dispose();
    });
  });
}

describe("doctor", () => {
  it("reports complete: false if it was aborted, and true otherwise", async () => {
    const { default: memory } = await import("../../../storage-drivers/memory.ts");
    const world = setUp(memory());
    await guests(world, 600);
    const stop = new AbortController();
    const stopped = await world.anon.admin.doctor({ signal: stop.signal, onProgress: () => stop.abort() });
    assert.equal(stopped.complete, false);
    assert.ok(stopped.accounts.anonymous > 0 && stopped.accounts.anonymous < 600);
    const whole = await world.anon.admin.doctor();
    assert.deepEqual([whole.complete, whole.accounts.anonymous], [true, 600]);
    const never = await world.anon.admin.doctor({ signal: AbortSignal.abort() });
    assert.deepEqual([never.complete, never.accounts.anonymous], [false, 0]);
  });
});
