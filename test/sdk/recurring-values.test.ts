/** What is kept for names that come again and again. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { RecurringValues } from "../../sdk/recurring-values.ts";
import { usedMemory } from "../support/used-memory.ts";

describe("RecurringValues", () => {
  const names = Array.from({ length: 20_000 }, (_, number) =>
    createHash("sha256").update(String(number)).digest("base64url"),
  );

  it("finds a name that was added twice in a row, and no other", () => {
    const values = new RecurringValues<number>();
    const [name = "", other = ""] = names;
    values.add(name, () => 1);
    assert.equal(values.find(name), undefined);
    values.add(name, () => 2);
    assert.equal(values.find(name), 2);
    values.add(name, () => 3);
    assert.equal(values.find(name), 3);
    for (const wrong of ["", name.slice(1), `x${name}`, `${name}x`, name.slice(-8), other])
      assert.equal(values.find(wrong), undefined, wrong);
  });

  it("keeps those that come again while many come once", () => {
    const values = new RecurringValues<number>();
    const [name = "", ...others] = names;
    for (let time = 0; time < 2; time++) values.add(name, () => 1);
    for (const other of others) values.add(other, () => 2);
    assert.equal(values.find(name), 1);
    assert.equal(others.filter((other) => values.find(other) !== undefined).length, 0);
  });

  it("keeps a bounded number, and most of a thousand", () => {
    const values = new RecurringValues<string>();
    const twice = (some: string[]) => {
      for (const name of some) for (let time = 0; time < 2; time++) values.add(name, () => name);
      return names.filter((name) => values.find(name) === name).length;
    };
    assert.ok(twice(names.slice(0, 1_000)) > 700);
    assert.ok(twice(names) <= 2_048);
  });

  it("keeps nothing of the headers that names were cut out of", () => {
    const values = new RecurringValues<number>();
    const cookies = "x".repeat(15_000);
    const before = usedMemory();
    for (const name of names) {
      for (let time = 0; time < 2; time++) {
        // one string, as a server reads it
        const header = Buffer.from(`other=${cookies}; token=${name}`).toString("latin1");
        values.add(header.slice(-name.length), () => 1);
      }
    }
    const megabytes = (usedMemory() - before) / 1_000_000;
    assert.ok(names.some((name) => values.find(name)));
    assert.ok(megabytes < 10, `${megabytes} MB`);
  });
});
