/** What shares a call, and in which order. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TickBatch } from "../../../storage-drivers/sql/tick-batch.ts";

describe("TickBatch", () => {
  it("looks at an item once or twice, however many wait", async () => {
    let looks = 0;
    const batch = new TickBatch<number, number>(async (items) => items, {
      ...{ atOnce: 4, size: 100, timeout: 60_000 },
      idOf(item) {
        looks++;
        return String(item);
      },
    });
    const items = Array.from({ length: 10_000 }, (_, at) => at);
    assert.deepEqual(await Promise.all(items.map((item) => batch.add(item))), items);
    assert(looks <= 20_000, `${looks} looks at 10,000 items`);
  });

  it("puts items of the same id in different calls, in the order of their arrival", async () => {
    const calls: string[][] = [];
    const batch = new TickBatch<string, string>(
      async (items) => {
        calls.push(items);
        return items;
      },
      { atOnce: 1, size: 3, timeout: 60_000, idOf: (item) => item.charAt(0) },
    );
    const items = ["a1", "a2", "b1", "a3", "b2", "c1", "d1", "a4", "c2"];
    assert.deepEqual(await Promise.all(items.map((item) => batch.add(item))), items);
    assert.deepEqual(calls.flat().sort(), [...items].sort());
    for (const call of calls) {
      assert(call.length <= 3);
      assert.equal(new Set(call.map((item) => item.charAt(0))).size, call.length);
    }
    for (const id of "abcd") {
      const ofId = calls.flat().filter((item) => item.startsWith(id));
      assert.deepEqual(ofId, [...ofId].sort());
    }
  });

  it("rejects only the item of an error, and all items of a call that throws", async () => {
    const some = new TickBatch<number, number>(
      async (items) => items.map((item) => (item % 2 ? new Error(`odd: ${item}`) : item)),
      { atOnce: 1, size: 2, timeout: 60_000 },
    );
    const mixed = await Promise.allSettled([1, 2, 3].map((item) => some.add(item)));
    assert.deepEqual(
      mixed.map((one) => (one.status === "fulfilled" ? one.value : one.reason.message)),
      ["odd: 1", 2, "odd: 3"],
    );
    let calls = 0;
    const broken = new TickBatch<number, number>(
      (items) => {
        if (calls++ === 0) throw new Error("broken");
        return Promise.resolve(items);
      },
      { atOnce: 1, size: 2, timeout: 60_000 },
    );
    const outcomes = await Promise.allSettled([1, 2, 3].map((item) => broken.add(item)));
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["rejected", "rejected", "fulfilled"],
    );
  });
});
