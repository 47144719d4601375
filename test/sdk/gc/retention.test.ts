/** How long accounts are kept: retention, quarantine, warnings, `keep`, holds. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AnonEvent, Expiry } from "../../../sdk/contract/hooks.ts";
import type { AccountFilter, Duration } from "../../../sdk/contract/records.ts";
import { collect, DAY, HOUR, PASSWORD, refused, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

const ADA = { email: "ada@example.com", password: PASSWORD };

for (const { name, open, cleanup } of STORES) {
  describe(`retention on ${name}`, () => {
    it("is the default inactivity period of gc for each collection", async (t) => {
      t.after(cleanup);
      const { anon, clock } = setUp(await open(), {
        collections: { users: { retention: "30d" }, customers: { retention: "5d" }, kept: {} },
      });
      for (const collection of ["users", "customers", "kept"] as const) await anon.signInAnonymously({ collection });
      clock.now += 6 * DAY;
      const first = await anon.admin.gc();
      assert.deepEqual([first.deleted, first.kept.active], [1, 0]);
      assert.equal(first.cutoff, new Date(clock.now - 5 * DAY).toISOString());
      assert.equal((await collect(anon.admin.list({ collection: "customers" }))).length, 0);
      clock.now += 30 * DAY;
      assert.equal((await anon.admin.gc({ dryRun: true })).deleted, 1);
      assert.equal((await anon.admin.gc()).deleted, 1);
      assert.equal((await collect(anon.admin.list({ collection: "kept" }))).length, 1);
      await refused(anon.admin.gc({ collection: "kept" }), "invalid_duration");
      assert.equal((await anon.admin.gc({ collection: "kept", olderThan: "1d" })).deleted, 1);
    });

    it("moves accounts to quarantine, where they are unusable, can be restored, and are deleted at its end", async (t) => {
      t.after(cleanup);
      const events: AnonEvent[] = [];
      const { anon, clock } = setUp(await open(), {
        retention: "10d",
        quarantine: "7d",
        onEvent: (event) => events.push(event),
      });
      const guest = await anon.signInAnonymously({ data: { cart: ["tea"] } });
      const { record, email, password } = await anon.admin.createUser();
      clock.now += 11 * DAY;
      assert.equal((await anon.admin.gc({ dryRun: true })).quarantined, 2);
      const report = await anon.admin.gc();
      assert.deepEqual([report.deleted, report.quarantined], [0, 2]);

      assert.equal(await anon.authenticate(guest.token), null);
      assert.equal(await anon.admin.get(guest.record.id), null);
      assert.equal(await anon.admin.findByEmail(email), null);
      assert.deepEqual(await collect(anon.admin.list()), []);
      assert.equal((await collect(anon.admin.list({ quarantined: true }))).length, 2);
      await refused(anon.signInWithPassword(email, password), "invalid_credentials");
      await refused(anon.convert(guest.token, ADA), "invalid_token");
      await refused(anon.admin.convert({ id: record.id }, ADA), "not_found");
      await refused(anon.admin.update(record.id, { a: 1 }), "not_found");
      await refused(anon.refresh(guest.token), "invalid_token");
      await refused(anon.exportAccount(guest.token), "invalid_token");
      const status = await anon.admin.inspect(guest.record.id);
      assert.equal(status?.quarantine?.until, new Date(clock.now + 7 * DAY).toISOString());

      clock.now += 7 * DAY - 1;
      const kept = await anon.admin.gc();
      assert.deepEqual([kept.deleted, kept.quarantined], [0, 0]);
      assert.deepEqual(await anon.admin.restore(guest.record.id), guest.record);
      assert.deepEqual((await anon.authenticate(guest.token))?.record, guest.record);
      assert.deepEqual(await anon.admin.restore(guest.record.id), guest.record, "restoring twice changes nothing");
      clock.now += 1;
      const purged = await anon.admin.gc();
      assert.deepEqual([purged.deleted, purged.kept.active], [1, 0]);
      await refused(anon.admin.restore(record.id), "not_found");
      assert.equal((await anon.authenticate(guest.token))?.record.id, guest.record.id);
      const { record: converted } = await anon.convert(guest.token, ADA);
      assert.equal(converted.id, guest.record.id);
      assert.deepEqual(
        events.map(({ type }) => type),
        [
          ...["created", "signed_in", "created", "quarantined", "quarantined", "restored", "deleted"],
          ...["converted", "session_ended"],
        ],
      );
    });

    it("lists what was put into quarantine within a time, and deletes only what matches a filter", async (t) => {
      t.after(cleanup);
      const { anon, clock } = setUp(await open(), { retention: "10d", quarantine: "7d" });
      const early = await anon.signInAnonymously();
      clock.now += 11 * DAY;
      const late = await anon.signInAnonymously();
      const ada = await anon.convert((await anon.signInAnonymously()).token, ADA);
      assert.equal((await anon.admin.gc()).quarantined, 1);
      clock.now += HOUR;
      const within = async (quarantinedWithin: Duration, quarantined?: boolean) =>
        (await collect(anon.admin.list({ quarantinedWithin, quarantined }))).map(({ id }) => id);
      assert.deepEqual(await within("59m"), []);
      assert.deepEqual(await within("1h"), [early.record.id]);
      assert.deepEqual(await within("1h", true), [early.record.id]);
      await refused(within("soon" as Duration), "invalid_duration");

      const remove = (id: string, filter: AccountFilter) => anon.admin.delete(id, { filter });
      assert.equal(await remove(early.record.id, { anonymous: true }), false, "it is in quarantine");
      assert.equal(await remove(late.record.id, { quarantined: true }), false, "it is in use");
      assert.equal(await remove(late.record.id, { inactiveFor: "1h" }), false, "it was active");
      assert.equal(await remove(ada.record.id, { anonymous: true }), false, "it is registered");
      await refused(remove(late.record.id, { inactiveFor: "soon" as Duration }), "invalid_duration");
      assert.equal(await remove(late.record.id, { anonymous: true, inactiveFor: 0 }), true);
      assert.equal(await remove(early.record.id, { quarantinedWithin: "2h" }), true);
      assert.equal((await collect(anon.admin.list())).length, 1);
    });

    it("never collects an account on hold, and refuses its deletion", async (t) => {
      t.after(cleanup);
      const { anon, clock } = setUp(await open(), { retention: "1d", quarantine: "1d" });
      const guest = await anon.signInAnonymously();
      const early = await anon.signInAnonymously();
      await anon.admin.hold(guest.record.id, { reason: "case 17" });
      const held = new Date(clock.now).toISOString();
      clock.now += 2 * DAY;
      assert.deepEqual((await anon.admin.gc()).kept.held, 1);
      await refused(anon.admin.delete(guest.record.id), "account_held");
      await refused(anon.deleteAccount(guest.token), "account_held");
      assert.deepEqual((await anon.admin.inspect(guest.record.id))?.hold, { since: held, reason: "case 17" });
      assert.doesNotMatch(JSON.stringify(await anon.exportAccount(guest.token)), /case 17/);

      // an account on hold is not deleted at the end of quarantine either
      await anon.admin.hold(early.record.id);
      clock.now += 3 * DAY;
      const report = await anon.admin.gc();
      assert.deepEqual([report.kept.held, report.deleted, report.quarantined], [2, 0, 0]);
      await refused(anon.admin.delete(early.record.id), "account_held");
      await anon.admin.release(early.record.id);
      assert.equal((await anon.admin.gc()).deleted, 1);

      // the hold survives a conversion and ends with its release
      await anon.authenticate(guest.token);
      const { token } = await anon.convert(guest.token, ADA);
      await refused(anon.deleteAccount(token), "account_held");
      await anon.admin.release(guest.record.id);
      await anon.admin.release(guest.record.id);
      await anon.deleteAccount(token);
      await refused(anon.admin.hold(guest.record.id), "not_found");
      await refused(anon.admin.release("aaaaaaaaaaaaaaa"), "not_found");
    });

    it("keeps an account if `keep` returns true or throws, also after quarantine", async (t) => {
      t.after(cleanup);
      let keeps: (id: string) => boolean = () => false;
      const { anon, clock } = setUp(await open(), {
        collections: { users: { retention: "1d", quarantine: "1d", keep: ({ id }) => keeps(id) } },
      });
      const [one, two, three] = [
        await anon.signInAnonymously(),
        await anon.signInAnonymously(),
        await anon.signInAnonymously(),
      ];
      clock.now += 2 * DAY;
      keeps = (id) => {
        if (id === two.record.id) throw new Error("the database is down");
        return id === one.record.id;
      };
      const report = await anon.admin.gc();
      assert.deepEqual([report.kept.vetoed, report.failed, report.quarantined], [1, 1, 1]);
      clock.now += 2 * DAY;
      keeps = () => true;
      assert.deepEqual((await anon.admin.gc()).kept.vetoed, 3);
      assert(await anon.admin.restore(three.record.id));
      keeps = (() => undefined) as unknown as typeof keeps;
      clock.now += 2 * DAY;
      assert.deepEqual((await anon.admin.gc()).kept.vetoed, 3, "undefined keeps the account");
    });

    it("warns once per period of inactivity, and collects only accounts that had the full warning period", async (t) => {
      t.after(cleanup);
      const warned: Expiry[] = [];
      let fails = false;
      const { anon, clock } = setUp(await open(), {
        retention: "30d",
        warning: "3d",
        activityResolution: "1h",
        hooks: {
          beforeExpiry: (expiry) => {
            if (fails) throw new Error("no mail today");
            warned.push(expiry);
          },
        },
      });
      const guest = await anon.signInAnonymously();
      const { record } = await anon.admin.createUser();
      const begun = clock.now;
      clock.now += 20 * DAY;
      assert.deepEqual((await anon.admin.gc()).warned, 0);
      clock.now = begun + 27 * DAY + HOUR;
      assert.deepEqual((await anon.admin.gc({ dryRun: true })).warned, 0);
      fails = true;
      assert.deepEqual([(await anon.admin.gc()).failed, warned.length], [2, 0]);
      fails = false;
      assert.deepEqual((await anon.admin.gc()).warned, 2);
      assert.deepEqual((await anon.admin.gc()).warned, 0);
      assert.deepEqual(warned.map(({ record: { id } }) => id).sort(), [guest.record.id, record.id].sort());
      assert.equal(warned[0]?.ends, new Date(begun + 30 * DAY + HOUR).toISOString());

      await anon.authenticate(guest.token);
      clock.now = begun + 30 * DAY + HOUR;
      const report = await anon.admin.gc();
      assert.deepEqual([report.deleted, report.kept.unwarned], [1, 0], "the active one is kept");
      assert(await anon.admin.get(guest.record.id));

      // a late gc warns late, and still waits for the full warning period
      clock.now += 60 * DAY;
      warned.length = 0;
      const late = await anon.admin.gc();
      assert.deepEqual([late.deleted, late.warned, late.kept.unwarned], [0, 1, 1]);
      assert.equal(warned[0]?.ends, new Date(clock.now + 3 * DAY).toISOString());
      clock.now += 3 * DAY - 1;
      assert.deepEqual((await anon.admin.gc()).kept.unwarned, 1);
      clock.now += 1;
      assert.deepEqual((await anon.admin.gc()).deleted, 1);
    });
  });
}
