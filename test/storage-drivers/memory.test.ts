import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import memory from "../../storage-drivers/memory.ts";
import { DueIndex, type DueItem } from "../../storage-drivers/shared/due-index.ts";
import { compareDue } from "../../storage-drivers/shared/due-page.ts";
import { runSuite } from "./suite.ts";

runSuite("memory", { open: () => memory() });

const key = fc.constantFrom("a", "b", "a:b", "c", "__proto__", "ä");
const value = fc.option(fc.constantFrom("", "x", "y", "\ud800"), { nil: null });
const due = fc.option(fc.integer({ min: -3, max: 6 }), { nil: undefined });
const step = fc.record({ key, expected: value, next: value, due, before: fc.integer({ min: -4, max: 7 }) });

interface StoredValue {
  value: string;
  due?: number;
}

describe("memory", () => {
  it("behaves like a naive model", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), async (steps, limit) => {
        const driver = memory();
        const model = new Map<string, StoredValue>();
        for (const { key, expected, next, due, before } of steps) {
          const fits = (model.get(key)?.value ?? null) === expected;
          assert.equal(await driver.swap(key, expected, next, due), fits);
          if (fits && next === null) model.delete(key);
          else if (fits && next !== null) model.set(key, { value: next, due });
          assert.equal(await driver.read(key), model.get(key)?.value ?? null);
          const queued = Array.from(model, ([key, { due }]) => ({ key, due: due ?? Infinity }));
          const expectedQueue = queued.filter((entry) => entry.due <= before).sort(compareDue);
          const found = [];
          let cursor: string | null = null;
          do {
            const page: Awaited<ReturnType<typeof driver.due>> = await driver.due(before, { limit, cursor });
            found.push(...page.entries);
            cursor = page.cursor;
          } while (cursor !== null);
          assert.deepEqual(found, expectedQueue);
        }
        assert.deepEqual((await driver.getKeys("", {})).sort(), [...model.keys()].sort());
      }),
    );
  });

  it("keeps its due queue in order through thousands of moves", () => {
    const moves = fc.array(fc.tuple(fc.nat(3_000), fc.nat(40)), { minLength: 3_000, maxLength: 12_000, size: "max" });
    fc.assert(
      fc.property(moves, fc.integer({ min: 1, max: 5_000 }), (moves, limit) => {
        const index = new DueIndex<DueItem>();
        const model = new Map<string, DueItem>();
        for (const [number, due] of moves) {
          const key = `k${number}`;
          const old = model.get(key);
          if (old) index.remove(old);
          model.delete(key);
          if (due === 0) continue;
          const item = { key, due, stale: false };
          model.set(key, item);
          index.add(item);
        }
        assert.equal(index.size, model.size);
        const found = [];
        let cursor: string | null = null;
        do {
          const page: ReturnType<typeof index.page> = index.page(30, limit, cursor);
          found.push(...page.entries);
          cursor = page.cursor;
        } while (cursor !== null);
        const expected = [...model.values()].filter(({ due }) => due <= 30).sort(compareDue);
        assert.deepEqual(
          found,
          expected.map(({ key, due }) => ({ key, due })),
        );
      }),
      { numRuns: 25 },
    );
  });

  it("stores lone surrogates exactly", async () => {
    const driver = memory();
    await driver.swap("k", null, "a\ud800");
    assert.equal(await driver.read("k"), "a\ud800");
  });

  it("refuses a cursor that it did not return", async () => {
    for (const cursor of ["", "x", "x:y", ":k", "1.5:k"]) {
      await assert.rejects(memory().due(1, { limit: 1, cursor }), { name: "DriverError", code: "invalid_option" });
    }
  });
});
