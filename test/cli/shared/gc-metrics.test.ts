/** The numbers of `anon gc --every`. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addRun, newTotals } from "../../../cli/shared/gc-metrics.ts";
import type { GcReport } from "../../../sdk/contract/retention.ts";
import memory from "../../../storage-drivers/memory.ts";
import { setUp } from "../../support/sdk.ts";

describe("the numbers of a gc service", () => {
  it("say that accounts are left only by a run that came to its end", async () => {
    const { anon } = setUp(memory());
    const done: GcReport = await anon.admin.gc({ olderThan: "1d" });
    const began = new Date().toISOString();
    const totals = newTotals();
    const add = (remaining: boolean, failure: { error?: unknown }): boolean => {
      addRun(totals, { began, durationMs: 1, report: { ...done, remaining, deleted: 2 }, ...failure });
      return totals.remaining;
    };
    const error = new Error("the storage is gone");
    assert.equal(add(true, { error }), false);
    assert.equal(add(true, {}), true);
    assert.equal(add(false, { error }), true);
    assert.equal(add(false, {}), false);
    assert.deepEqual([totals.runs, totals.failures, totals.deleted], [4, 2, 8]);
  });
});
