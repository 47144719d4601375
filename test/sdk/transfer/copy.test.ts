import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import { type CopyReport, copy } from "../../../sdk/transfer/copy.ts";
import type { FailedEntry } from "../../../sdk/transfer/entries.ts";
import { createSample } from "../../../sdk/transfer/sample.ts";
import memory from "../../../storage-drivers/memory.ts";
import { DriverError } from "../../../storage-drivers/shared/driver-error.ts";

const keyOf = (index: number): string => `acc:users:guest${index}`;

/** A storage with accounts, each due at its number. */
async function filled(count: number): Promise<AtomicDriver> {
  const driver = memory();
  for (let index = 0; index < count; index++) await driver.swap(keyOf(index), null, `guest ${index}`, index);
  return driver;
}

/** All entries by key. */
async function contents(driver: AtomicDriver): Promise<Record<string, unknown>> {
  const keys: string[] = [];
  for await (const key of driver.keys("")) keys.push(key);
  keys.sort();
  const entries = await driver.readEntries!(keys);
  return Object.fromEntries(keys.map((key, index) => [key, entries[index]]));
}

describe("copy", () => {
  it("copies every entry with its due time, and finds all of them there when it is repeated", async () => {
    const source = await filled(2_500);
    await source.swap("clm:users:email:ff", null, "member");
    await source.swap("cod:users:ee", null, "code", 7);
    await source.swap("one:users:dd", null, "reservation", 9);
    const target = memory();
    const first = await copy(source, target);
    assert.deepEqual(await contents(target), await contents(source));
    const { copied, present, extra, missing, complete, sample } = first;
    assert.deepEqual([copied, present, extra, missing, complete], [2_503, 0, 0, 0, true]);
    assert.deepEqual(sample, { read: 1_000, wrong: 0 });
    const second = await copy(source, target);
    assert.deepEqual([second.copied, second.present], [0, 2_503]);
  });

  it("copies one collection with its locks, codes and reservations", async () => {
    const source = await filled(3);
    for (const key of ["acc:shop:one", "clm:shop:email:ff", "cod:shop:ee", "one:shop:dd", "clm:users:email:ff"]) {
      await source.swap(key, null, key);
    }
    const target = memory();
    await copy(source, target, { collection: "shop" });
    assert.deepEqual(Object.keys(await contents(target)).sort(), [
      "acc:shop:one",
      "clm:shop:email:ff",
      "cod:shop:ee",
      "one:shop:dd",
    ]);
  });

  it("leaves what differs, and replaces it if it is asked to", async () => {
    const source = await filled(4);
    const target = await filled(4);
    await target.swap(keyOf(1), "guest 1", "of the target", 1);
    await target.swap(keyOf(2), "guest 2", "guest 2", 99);
    const left = await copy(source, target);
    assert.deepEqual([left.present, left.differing, left.overwritten], [2, 2, 0]);
    assert.equal(await target.read(keyOf(1)), "of the target");
    const replaced = await copy(source, target, { overwrite: true });
    assert.deepEqual([replaced.present, replaced.differing, replaced.overwritten], [2, 0, 2]);
    assert.deepEqual(await contents(target), await contents(source));
  });

  it("counts what the target alone has, and deletes it if it is asked to", async () => {
    const source = await filled(4);
    const target = await filled(6);
    const counted = await copy(source, target, { overwrite: true });
    assert.deepEqual([counted.extra, counted.removed], [2, 0]);
    const removed = await copy(source, target, { overwrite: true, remove: true });
    assert.deepEqual([removed.extra, removed.removed], [0, 2]);
    assert.deepEqual(await contents(target), await contents(source));
  });

  it("does not delete everything at the target because the source is empty", async () => {
    const target = await filled(3);
    await assert.rejects(copy(memory(), target, { overwrite: true, remove: true }), {
      code: "invalid_options",
      message: /the source is empty/,
    });
    assert.equal(Object.keys(await contents(target)).length, 3);
  });

  it("writes nothing in a dry run, and reports what a run would do", async () => {
    const source = await filled(4);
    const target = await filled(2);
    await target.swap(keyOf(1), "guest 1", "other");
    await target.swap("acc:users:own", null, "own");
    const before = await contents(target);
    const { copied, present, overwritten, removed, dryRun } = await copy(source, target, {
      dryRun: true,
      overwrite: true,
      remove: true,
    });
    assert.deepEqual([copied, present, overwritten, removed, dryRun], [2, 1, 1, 1, true]);
    assert.deepEqual(await contents(target), before);
  });

  it("names what cannot be read or stored, and copies the others", async () => {
    const source = await filled(50);
    const damaged: AtomicDriver = {
      ...source,
      async readEntries(keys) {
        if (keys.includes(keyOf(7))) throw new DriverError("corrupt", "Cannot read it");
        return source.readEntries!(keys);
      },
    };
    const inner = memory();
    const picky: AtomicDriver = {
      ...inner,
      async swap(key, ...rest) {
        if (key === keyOf(9)) throw new DriverError("invalid_value", "Cannot store it");
        return inner.swap(key, ...rest);
      },
    };
    const failed: FailedEntry[] = [];
    const report = await copy(damaged, picky, { onFailed: (one) => failed.push(one) });
    assert.deepEqual(failed, [
      { key: keyOf(7), reason: "Cannot read it" },
      { key: keyOf(9), reason: "Cannot store it" },
    ]);
    assert.deepEqual([report.examined, report.copied, report.failed], [50, 48, 2]);
  });

  it("rejects if a storage fails, and continues when it is repeated", async () => {
    const source = await filled(3_000);
    const inner = memory();
    let writes = 0;
    const failing: AtomicDriver = {
      ...inner,
      async swap(...swap) {
        if (++writes > 1_500) throw new DriverError("unavailable", "Cannot connect");
        return inner.swap(...swap);
      },
    };
    await assert.rejects(copy(source, failing), {
      code: "storage_unavailable",
      message: "Cannot write the storage: Cannot connect",
    });
    const resumed = await copy(source, inner);
    assert.equal(resumed.copied + resumed.present, 3_000);
    assert.ok(resumed.present >= 1_024, `${resumed.present} were there`);
    assert.deepEqual(await contents(inner), await contents(source));
  });

  it("ends after the page under way when it is interrupted, and says that it is not complete", async () => {
    const source = await filled(5_000);
    const interrupt = new AbortController();
    const report = await copy(source, memory(), {
      signal: interrupt.signal,
      onProgress: () => interrupt.abort(),
    });
    assert.deepEqual([report.complete, report.extra, report.missing], [false, null, null]);
    assert.ok(report.copied < 5_000, `${report.copied} were copied`);
  });

  it("ends its check too when it is interrupted, and says that it is not complete", async () => {
    const source = await filled(20);
    // the first listing is of the sum, the second one finds what the target alone has
    for (const listing of [1, 2]) {
      const interrupt = new AbortController();
      const inner = memory();
      await inner.swap("acc:users:own", null, "own");
      let listings = 0;
      const target: AtomicDriver = {
        ...inner,
        async *keys(prefix) {
          if (prefix === "" && ++listings === listing) interrupt.abort();
          if (prefix === "acc:" && listing === 2) interrupt.abort();
          yield* inner.keys(prefix);
        },
      };
      const { copied, complete, extra, missing } = await copy(source, target, { signal: interrupt.signal });
      assert.deepEqual([copied, complete, extra, missing], [20, false, null, null]);
    }
  });

  it("notices what the target lost", async () => {
    const source = await filled(20);
    const inner = memory();
    const forgetful: AtomicDriver = {
      ...inner,
      swap: async (key, ...rest) => key === keyOf(3) || inner.swap(key, ...rest),
    };
    const { missing, sample }: CopyReport = await copy(source, forgetful);
    assert.deepEqual([missing, sample], [1, { read: 20, wrong: 1 }]);
  });

  it("notices what the target lost although it has as many of its own", async () => {
    const source = await filled(20);
    const inner = memory();
    await inner.swap("acc:users:own", null, "own");
    const forgetful: AtomicDriver = {
      ...inner,
      swap: async (key, ...rest) => key === keyOf(3) || inner.swap(key, ...rest),
    };
    const { extra, missing } = await copy(source, forgetful);
    assert.deepEqual([extra, missing], [1, 1]);
  });

  it("does not call missing what the source listed twice", async () => {
    const source = await filled(20);
    const twice: AtomicDriver = {
      ...source,
      async *keys(prefix) {
        yield* source.keys(prefix);
        yield* source.keys(prefix);
      },
    };
    const { copied, missing, complete } = await copy(twice, memory());
    assert.deepEqual([copied, missing, complete], [20, 0, true]);
    const inner = memory();
    const forgetful: AtomicDriver = {
      ...inner,
      swap: async (key, ...rest) => key === keyOf(3) || inner.swap(key, ...rest),
    };
    assert.ok(((await copy(twice, forgetful)).missing ?? 0) > 0);
  });

  it("refuses what is not the name of a collection, which would look like one without entries", async () => {
    await assert.rejects(copy(await filled(1), memory(), { collection: "Users" }), { code: "invalid_collection" });
  });

  it("refuses a driver that cannot read a value with its due time, and a copy to itself", async () => {
    const source = await filled(1);
    const { readEntries: _, ...plain } = memory();
    await assert.rejects(copy(plain, memory()), { code: "invalid_options", message: /readEntries/ });
    await assert.rejects(copy(source, source), { code: "invalid_options" });
  });

  it("refuses the same storage under another address, and leaves nothing in it", async () => {
    const source = await filled(3);
    const before = await contents(source);
    for (const options of [{}, { overwrite: true, remove: true }, { collection: "users" }]) {
      await assert.rejects(copy(source, { ...source }, options), { code: "invalid_options", message: /to itself/ });
    }
    assert.deepEqual(await contents(source), before);
    const target = memory();
    await copy(source, target);
    assert.deepEqual(await contents(target), before);
    // a dry run leaves no mark, and does no harm
    assert.equal((await copy(source, { ...source }, { dryRun: true })).present, 3);
  });
});

describe("a sample", () => {
  it("has each item with the same probability", () => {
    let early = 0;
    for (let round = 0; round < 50; round++) {
      const sample = createSample<number>();
      for (let item = 0; item < 4_000; item++) sample.add(item);
      assert.equal(sample.items.length, 1_000);
      assert.equal(new Set(sample.items).size, 1_000);
      early += sample.items.filter((item) => item < 2_000).length;
    }
    // 25,000 are expected; ten standard deviations are under 1,000
    assert.ok(Math.abs(early - 25_000) < 1_000, `${early} of 50,000`);
  });
});
