import assert from "node:assert/strict";
import { describe, it } from "node:test";
import memory from "../../../storage-drivers/memory.ts";
import { DAY, PASSWORD, refused, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

const ADA = { email: "ada@example.com", password: PASSWORD };

for (const { name, open, cleanup } of STORES) {
  it(`doctor on ${name} counts accounts, and finishes begun merges if the merge hook is configured`, async (t) => {
    t.after(cleanup);
    const driver = await open();
    let fails = true;
    const moved: string[] = [];
    const { anon, clock } = setUp(driver, {
      hooks: {
        merge: ({ mergeId }) => {
          if (fails) throw new Error("down");
          moved.push(mergeId);
        },
      },
    });
    const { token } = await anon.convert((await anon.signInAnonymously()).token, ADA);
    const guest = await anon.signInAnonymously({ data: { cart: ["tea"] } });
    await anon.admin.hold((await anon.signInAnonymously()).record.id);
    await assert.rejects(anon.merge({ anonymous: guest.token, account: token }), /down/);

    // without the hook, finishing the merge would lose the application's data
    const without = setUp(driver).anon;
    const seen = await without.admin.doctor();
    assert.deepEqual(seen.accounts, { anonymous: 2, registered: 1, held: 1, quarantined: 0, merged: 0 });
    assert.deepEqual(seen.merges, { begun: 1, finished: 0, failed: 0 });
    assert.equal(seen.guarantee, driver.guarantee);
    assert.deepEqual((await anon.admin.doctor()).merges, { begun: 1, finished: 0, failed: 1 });
    assert.deepEqual((await anon.admin.doctor({ dryRun: true })).merges, { begun: 1, finished: 0, failed: 0 });
    assert.equal((await anon.admin.get(guest.record.id))?.mergedFrom, undefined);
    fails = false;
    assert.deepEqual((await anon.admin.doctor()).merges, { begun: 1, finished: 1, failed: 0 });
    assert.equal(moved.length, 1);
    assert.deepEqual((await anon.admin.get(guest.record.id))?.cart, ["tea"]);
    assert.equal((await anon.authenticate(guest.token))?.record.email, ADA.email);
    const after = await anon.admin.doctor();
    assert.deepEqual([after.merges.begun, after.accounts.merged, after.damaged.count], [0, 1, 0]);
    clock.now += DAY;
  });
}

describe("doctor", () => {
  it("reports damaged accounts, and continues", async () => {
    const driver = memory();
    const { anon } = setUp(driver);
    await anon.signInAnonymously();
    await driver.swap("acc:users:aaaaaaaaaaaaaaa", null, "damaged");
    await driver.swap("acc:customers:bbbbbbbbbbbbbbb", null, "damaged");
    const report = await anon.admin.doctor();
    assert.deepEqual(report.damaged, { count: 1, keys: ["acc:users:aaaaaaaaaaaaaaa"] });
    assert.equal(report.accounts.anonymous, 1);
    assert.equal((await anon.admin.doctor({ collection: "customers" })).damaged.count, 1);
    await refused(
      setUp(driver, { collections: { users: {} } }).anon.admin.doctor({ collection: "x" as never }),
      "unknown_collection",
    );
  });
});
