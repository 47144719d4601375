/** Invalid retention options, and races between gc and other calls for the same account. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Duration } from "../../../sdk/types.ts";
import memory from "../../../storage-drivers/memory.ts";
import { DAY, intercepting, PASSWORD, refused, refusedAtOnce, setUp } from "../../support/sdk.ts";

describe("retention", () => {
  it("is required by gc without olderThan, and invalid options are refused", async () => {
    await refused(setUp(memory()).anon.admin.gc(), "invalid_duration");
    await refused(setUp(memory(), { collections: { users: {} } }).anon.admin.gc(), "invalid_duration");
    refusedAtOnce(() => setUp(memory(), { retention: "soon" as Duration }), "invalid_duration");
    refusedAtOnce(() => setUp(memory(), { quarantine: "-1d" }), "invalid_duration");
    refusedAtOnce(() => setUp(memory(), { keep: "all" as never }), "invalid_options");
    const { anon } = setUp(memory());
    const { record } = await anon.signInAnonymously();
    await refused(anon.admin.hold(record.id, { reason: "x".repeat(1_001) }), "invalid_options");
  });

  it("applies one limit to all collections of a run, and reports whether more is due", async () => {
    const { anon, clock } = setUp(memory(), { collections: { users: {}, customers: {} }, retention: "1d" });
    for (const collection of ["users", "users", "customers", "customers"] as const) {
      await anon.signInAnonymously({ collection });
    }
    clock.now += 2 * DAY;
    const first = await anon.admin.gc({ limit: 3 });
    assert.deepEqual([first.deleted, first.remaining], [3, true]);
    const second = await anon.admin.gc({ limit: 1 });
    assert.deepEqual([second.deleted, second.remaining], [1, false]);
  });

  it("does not let a token delete an account in quarantine, on hold or not", async () => {
    const { anon, clock } = setUp(memory(), { retention: "10d", quarantine: "7d" });
    const { token, record } = await anon.signInAnonymously();
    clock.now += 11 * DAY;
    assert.equal((await anon.admin.gc()).quarantined, 1);
    await refused(anon.deleteAccount(token), "invalid_token");
    await anon.admin.hold(record.id);
    await refused(anon.deleteAccount(token), "invalid_token");
    await anon.admin.release(record.id);
    assert.equal((await anon.admin.restore(record.id)).id, record.id);
    await anon.deleteAccount(token);
    assert.equal(await anon.admin.inspect(record.id), null);
  });

  it("refuses a conversion that lost its lock while the account was in quarantine", async () => {
    const driver = memory();
    // all in the same millisecond, so that the restored account looks unchanged
    const options = { quarantine: "7d", activityResolution: 0 } as const;
    const { anon } = setUp(driver, options);
    const identity = { provider: "google", subject: "1" };
    const { token: ada } = await anon.convert((await anon.signInAnonymously()).token, {
      ...{ email: "ada@example.com", password: PASSWORD },
    });
    const { token, record } = await anon.signInAnonymously();
    let isFirst = true;
    const late = intercepting(driver, {
      swap: async (...swap) => {
        if (isFirst && swap[0].startsWith("acc:")) {
          isFirst = false;
          assert.equal((await anon.admin.gc({ olderThan: 0 })).quarantined, 1);
          await anon.link(ada, identity);
          await anon.admin.restore(record.id);
        }
        return driver.swap(...swap);
      },
    });
    await refused(setUp(late, options).anon.convertWithIdentity(token, identity), "identity_taken");
    assert.equal((await anon.signInWithIdentity(identity))?.record.email, "ada@example.com");
    assert.equal((await anon.admin.get(record.id))?.anonymous, true);
  });

  it("examines each account once in a run that warns before quarantine ends", async () => {
    const { anon, clock } = setUp(memory(), {
      retention: "10d",
      quarantine: "1d",
      warning: "3d",
      hooks: { beforeExpiry: () => undefined },
    });
    for (let count = 0; count < 5; count++) await anon.signInAnonymously();
    clock.now += 8 * DAY;
    await anon.admin.gc();
    clock.now += 4 * DAY;
    const report = await anon.admin.gc();
    assert.deepEqual([report.examined, report.quarantined, report.kept.quarantined], [5, 5, 0]);
    clock.now += 3 * DAY;
    assert.equal((await anon.admin.gc()).deleted, 5);
  });

  it("does not quarantine an account that becomes active at that moment", async () => {
    const driver = memory();
    const { anon: server, clock } = setUp(driver, { quarantine: "7d" });
    const { token, record } = await server.signInAnonymously();
    clock.now += 10 * DAY;
    let comesBack = true;
    const late = intercepting(driver, {
      swap: async (...swap) => {
        if (comesBack) {
          comesBack = false;
          assert(await server.authenticate(token));
        }
        return driver.swap(...swap);
      },
    });
    const { anon: collector, clock: itsClock } = setUp(late, { quarantine: "7d" });
    itsClock.now = clock.now;
    const report = await collector.admin.gc({ olderThan: "1d" });
    assert.deepEqual([report.quarantined, report.kept.changed], [0, 1]);
    assert(await server.admin.get(record.id));
  });

  it("does not restore an account that is deleted at that moment, nor delete one that is restored", async () => {
    for (const deletesFirst of [true, false]) {
      const driver = memory();
      const { anon, clock } = setUp(driver, { quarantine: "7d" });
      const { record } = await anon.signInAnonymously();
      clock.now += 10 * DAY;
      await anon.admin.gc({ olderThan: "1d" });
      clock.now += 8 * DAY;
      let once = true;
      const other = intercepting(driver, {
        swap: async (...swap) => {
          if (once) {
            once = false;
            if (deletesFirst) await anon.admin.gc({ olderThan: "1d" });
            else await anon.admin.restore(record.id);
          }
          return driver.swap(...swap);
        },
      });
      const { anon: late, clock: itsClock } = setUp(other, { quarantine: "7d" });
      itsClock.now = clock.now;
      if (deletesFirst) await refused(late.admin.restore(record.id), "not_found");
      else assert.deepEqual((await late.admin.gc({ olderThan: "1d" })).kept.changed, 1);
      assert.equal((await anon.admin.get(record.id)) === null, deletesFirst);
    }
  });

  it("writes an account with optional state in a format version that older programs refuse", async () => {
    const driver = memory();
    const { anon } = setUp(driver);
    const { record } = await anon.signInAnonymously();
    const read = () => driver.read(`acc:users:${record.id}`);
    assert.match((await read()) ?? "", /^\{"v":1,"anonymous":true,/);
    await anon.admin.hold(record.id);
    assert.match((await read()) ?? "", /^\{"v":2,"anonymous":true,/);
    await anon.admin.release(record.id);
    assert.match((await read()) ?? "", /^\{"v":1,"anonymous":true,/);
    const text = (await read()) ?? "";
    await driver.swap(`acc:users:${record.id}`, text, text.replace('"v":1', '"v":2,"hold":{"since":"x"}'), 0);
    await refused(anon.admin.get(record.id), "storage_corrupt");
  });
});
