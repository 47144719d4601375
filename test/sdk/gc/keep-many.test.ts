/** `keepMany` decides about all accounts of a step at once, and fails closed. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HookFailure } from "../../../sdk/contract/hooks.ts";
import type { CollectionOptions } from "../../../sdk/contract/options.ts";
import type { AnonRecord } from "../../../sdk/contract/records.ts";
import { AnonError } from "../../../sdk/errors.ts";
import memory from "../../../storage-drivers/memory.ts";
import { guests } from "../../support/gc.ts";
import { collect, DAY, intercepting, refused, refusedAtOnce, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

type KeepMany = NonNullable<CollectionOptions["keepMany"]>;

const idsOf = (records: readonly AnonRecord[]): string[] => records.map(({ id }) => id);

for (const { name, open, cleanup } of STORES) {
  describe(`keepMany on ${name}`, () => {
    it("is called once per step with what would be collected, and keeps the accounts whose ids it returns", async (t) => {
      t.after(cleanup);
      const calls: string[][] = [];
      const kept = new Set<string>();
      const world = setUp(await open(), {
        retention: "1d",
        keepMany: (records) => {
          calls.push(idsOf(records));
          return idsOf(records).filter((id) => kept.has(id));
        },
      });
      const { anon, clock } = world;
      const ids = await guests(world, 25);
      const [held, first, , last] = [ids[0]!, ids[1]!, ids[2]!, ids[24]!];
      await anon.admin.hold(held);
      kept.add(first).add(last);
      clock.now += 3 * DAY;
      await anon.admin.gc({ dryRun: true });
      assert.deepEqual(calls, [], "a dry run does not call it");
      const report = await anon.admin.gc({ batch: 10 });
      assert.deepEqual([report.deleted, report.kept.vetoed, report.kept.held, report.failed], [22, 2, 1, 0]);
      assert.deepEqual(calls.flat().sort(), ids.filter((id) => id !== held).sort());
      assert.ok(calls.length <= 4 && calls.every(({ length }) => length <= 10), JSON.stringify(calls));
      assert.deepEqual(idsOf(await collect(anon.admin.list())).sort(), [held, first, last].sort());
    });

    it("keeps the whole step if it fails, or returns anything but ids that it was called with", async (t) => {
      t.after(cleanup);
      const failures: HookFailure[] = [];
      let keepMany: (records: AnonRecord[]) => unknown = () => [];
      const world = setUp(await open(), {
        retention: "1d",
        keepMany: ((records) => keepMany(records)) as KeepMany,
        onError: (failure) => failures.push(failure),
      });
      const { anon, clock } = world;
      await guests(world, 5);
      clock.now += 3 * DAY;
      const wrong: ((records: AnonRecord[]) => unknown)[] = [
        () => {
          throw new Error("the database is down");
        },
        () => Promise.reject(new Error("the database is down")),
        () => Promise.reject(null),
        () => undefined,
        () => null,
        () => false,
        () => true,
        () => 5,
        ([one]) => one!.id,
        (records) => records,
        (records) => records.map(() => false),
        (records) => new Map(records.map(({ id }) => [id, true])),
        (records) => [...idsOf(records), "aaaaaaaaaaaaaaa"],
        ([one]) => [one!.id.padEnd(20)],
        ([one]) => [one!.id, undefined],
        () => [""],
        (records) => records.splice(0).map(({ email }) => email),
      ];
      for (const [index, one] of wrong.entries()) {
        keepMany = one;
        const report = await anon.admin.gc();
        assert.deepEqual([report.deleted, report.failed, report.kept.vetoed], [0, 5, 0], `${index}: ${one}`);
        assert.deepEqual([report.examined, report.remaining], [5, false]);
        assert.equal(failures.length, index + 1);
        assert.equal(failures[index]?.hook, "keepMany");
      }
      assert.match(String(failures.at(-2)?.error), /"" is not the id of a record that it was called with/);
      keepMany = async (records) => new Set(idsOf(records).slice(0, 2));
      const report = await anon.admin.gc();
      assert.deepEqual([report.deleted, report.failed, report.kept.vetoed], [3, 0, 2]);
    });

    it("and keep must both let an account go, in its collection, and once more after the quarantine", async (t) => {
      t.after(cleanup);
      const calls: [string, number][] = [];
      let keepsAll = false;
      const keepMany =
        (collection: string, place: number): KeepMany =>
        (records) => {
          calls.push([collection, records.length]);
          assert.ok(records.every(({ collectionName }) => collectionName === collection));
          return keepsAll ? idsOf(records) : idsOf(records).filter((id) => id === ids[collection]?.[place]);
        };
      const ids: Record<string, string[]> = {};
      const world = setUp(await open(), {
        collections: {
          users: { quarantine: "1d", keepMany: keepMany("users", 0), keep: ({ id }) => id === ids.users?.[1] },
          shops: { quarantine: "1d", keepMany: keepMany("shops", 2) },
          plain: { quarantine: "1d" },
        },
      });
      const { anon, clock } = world;
      for (const collection of ["users", "shops", "plain"]) ids[collection] = await guests(world, 3, collection);
      clock.now += 3 * DAY;
      const report = await anon.admin.gc({ olderThan: "1d" });
      assert.deepEqual([report.quarantined, report.kept.vetoed], [1 + 2 + 3, 3]);
      assert.deepEqual(calls.sort(), [
        ["shops", 3],
        ["users", 3],
      ]);
      clock.now += 2 * DAY;
      keepsAll = true;
      const later = await anon.admin.gc({ olderThan: "1d" });
      assert.deepEqual([later.deleted, later.kept.vetoed], [3, 6]);
      assert.ok((await anon.admin.inspect({ collection: "users", id: ids.users![2]! }))?.quarantine);
    });

    it("does not collect an account that becomes active while it is asked", async (t) => {
      t.after(cleanup);
      const driver = await open();
      const server = setUp(driver);
      const { token } = await server.anon.signInAnonymously();
      server.clock.now += 3 * DAY;
      const { anon, clock } = setUp(driver, {
        keepMany: async () => {
          assert.ok(await server.anon.authenticate(token));
          return [];
        },
      });
      clock.now = server.clock.now;
      const report = await anon.admin.gc({ olderThan: "1d" });
      assert.deepEqual([report.deleted, report.kept.changed], [0, 1]);
    });
  });
}

describe("keepMany", () => {
  it("must be a function, and is in force although the storage can delete unread", async () => {
    refusedAtOnce(() => setUp(memory(), { keepMany: [] as never }), "invalid_options");
    const driver = intercepting(memory(), { deleteDue: () => assert.fail("accounts were deleted unread") });
    const world = setUp(driver, { collections: { users: {}, shops: { keepMany: idsOf } } });
    await guests(world, 2);
    await guests(world, 2, "shops");
    world.clock.now += 3 * DAY;
    const report = await world.anon.admin.gc({ olderThan: "1d" });
    assert.deepEqual([report.deleted, report.kept.vetoed], [2, 2]);
  });

  it("gets copies, whose changes do not reach the accounts", async () => {
    const world = setUp(memory(), {
      keepMany: (records) => {
        for (const record of records) (record.cart as string[]).push("changed");
        return idsOf(records);
      },
    });
    const { record } = await world.anon.signInAnonymously({ data: { cart: ["tea"] } });
    world.clock.now += 3 * DAY;
    await world.anon.admin.gc({ olderThan: "1d" });
    assert.deepEqual((await world.anon.admin.get(record.id))?.cart, ["tea"]);
  });

  it("collects nothing of a step during which the run is stopped, and the report leaves it to the next run", async () => {
    const abort = new AbortController();
    const world = setUp(memory(), {
      keepMany: (records) => {
        abort.abort();
        return idsOf(records).slice(0, 1);
      },
    });
    await guests(world, 4);
    world.clock.now += 3 * DAY;
    const report = await world.anon.admin.gc({ olderThan: "1d", signal: abort.signal });
    assert.deepEqual([report.examined, report.deleted, report.kept.vetoed, report.remaining], [1, 0, 1, true]);
  });

  it("ends the run if it fails because our storage is down", async () => {
    const world = setUp(memory(), {
      keepMany: () => {
        throw new AnonError("storage_unavailable", "Cannot reach the storage");
      },
    });
    await guests(world, 2);
    world.clock.now += 3 * DAY;
    await refused(world.anon.admin.gc({ olderThan: "1d" }), "storage_unavailable");
    assert.equal((await collect(world.anon.admin.list())).length, 2);
  });
});
