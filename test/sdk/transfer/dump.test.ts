import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import { dump } from "../../../sdk/transfer/dump.ts";
import type { FailedEntry } from "../../../sdk/transfer/entries.ts";
import { load } from "../../../sdk/transfer/load.ts";
import memory from "../../../storage-drivers/memory.ts";
import { DriverError } from "../../../storage-drivers/shared/driver-error.ts";

const VALUES = ["", "{}", 'quotes " and \\', "two\nlines", "ü and 🜁", " "];

async function filled(count: number): Promise<AtomicDriver> {
  const driver = memory();
  for (let index = 0; index < count; index++) {
    const due = index % 3 === 0 ? null : index;
    await driver.swap(`acc:users:guest${index}`, null, VALUES[index % VALUES.length] as string, due);
  }
  await driver.swap("acc:shop:one", null, "in the shop", 5);
  await driver.swap(`clm:shop:email:${"f".repeat(64)}`, null, "one");
  return driver;
}

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** All entries by key. */
async function contents(driver: AtomicDriver): Promise<Record<string, unknown>> {
  const keys = (await collected(driver.keys(""))).sort();
  const entries = await driver.readEntries!(keys);
  return Object.fromEntries(keys.map((key, index) => [key, entries[index]]));
}

/** In pieces that end anywhere. */
function* pieces(text: string, size: number): Generator<string> {
  for (let from = 0; from < text.length; from += size) yield text.slice(from, from + size);
}

describe("a dump", () => {
  it("is loaded with every value and due time, whatever its pieces are", async () => {
    const source = await filled(2_500);
    const text = (await collected(dump(source))).join("");
    for (const size of [7, 1_000, text.length]) {
      const target = memory();
      const report = await load(target, pieces(text, size));
      assert.deepEqual([report.copied, report.complete, report.sample.wrong], [2_502, true, 0]);
      assert.deepEqual(await contents(target), await contents(source));
      const again = await load(target, pieces(text, size));
      assert.deepEqual([again.copied, again.present], [0, 2_502]);
    }
  });

  it("can be of one collection, and one of many can be loaded", async () => {
    const source = await filled(10);
    const shop = ["acc:shop:one", `clm:shop:email:${"f".repeat(64)}`];
    const one = memory();
    assert.equal((await load(one, dump(source, { collection: "shop" }))).examined, 2);
    assert.deepEqual(Object.keys(await contents(one)), shop);
    const other = memory();
    const report = await load(other, dump(source), { collection: "shop" });
    assert.deepEqual([report.examined, report.complete], [2, true]);
    assert.deepEqual(Object.keys(await contents(other)), shop);
  });

  it("leaves what differs, replaces it if it is asked to, and writes nothing in a dry run", async () => {
    const source = await filled(4);
    const target = memory();
    await target.swap("acc:users:guest1", null, "newer", 1);
    const before = await contents(target);
    const dry = await load(target, dump(source), { dryRun: true, overwrite: true });
    assert.deepEqual([dry.copied, dry.overwritten, await contents(target)], [5, 1, before]);
    const left = await load(target, dump(source));
    assert.deepEqual([left.copied, left.differing, await target.read("acc:users:guest1")], [5, 1, "newer"]);
    assert.equal((await load(target, dump(source), { overwrite: true })).overwritten, 1);
    assert.deepEqual(await contents(target), await contents(source));
  });

  it("that is cut off or damaged is noticed", async () => {
    const source = await filled(30);
    const text = (await collected(dump(source))).join("");
    const lines = text.trimEnd().split("\n");
    const cut = await load(memory(), [lines.slice(0, -1).join("\n")]);
    assert.deepEqual([cut.examined, cut.complete], [32, false]);
    const withoutOne = await load(memory(), [lines.toSpliced(4, 1).join("\n")]);
    assert.equal(withoutOne.complete, false);
    const failed: FailedEntry[] = [];
    const bad = ["no JSON", "{}", '{"key":"k","value":"v","due":1}', '{"key":"acc:users:a","value":"v","due":0.5}'];
    for (const line of bad) {
      const damaged = await load(memory(), [lines.with(4, line).join("\n")], { onFailed: (one) => failed.push(one) });
      assert.deepEqual([damaged.copied, damaged.failed, damaged.complete], [31, 1, true]);
    }
    assert.deepEqual(
      failed.map(({ key }) => key),
      bad.map(() => "line 5"),
    );
    await assert.rejects(load(memory(), [`${text}{}`]), /follows the end/);
  });

  it("has no empty line for a page of which nothing can be read, and is loaded in spite of empty lines", async () => {
    const source = await filled(3);
    const damaged: AtomicDriver = {
      ...source,
      async readEntries(keys) {
        if (keys.some((key) => key.startsWith("acc:"))) throw new DriverError("corrupt", "Cannot read it");
        return source.readEntries!(keys);
      },
    };
    const texts = await collected(dump(damaged));
    assert.ok(!texts.includes(""));
    const text = texts.join("");
    for (const one of [text, `${text}\n`, text.replaceAll("\n", "\n\n")]) {
      const { copied, failed, notDumped } = await load(memory(), [one]);
      assert.deepEqual([copied, failed, notDumped], [1, 0, 4]);
    }
  });

  it("of what is not the name of a collection is refused: it would look like a whole one", async () => {
    const source = await filled(1);
    await assert.rejects(collected(dump(source, { collection: "Users" })), { code: "invalid_collection" });
    await assert.rejects(load(memory(), dump(source), { collection: "Users" }), { code: "invalid_collection" });
  });

  it("of a later version, and what is none, is refused before anything is written", async () => {
    const target = memory();
    for (const text of ["", "{}", "root:x:0:0", '{"dump":"anon-accounts","version":2}']) {
      await assert.rejects(load(target, [text]), { code: "invalid_options" }, text);
    }
    assert.deepEqual(await contents(target), {});
  });

  it("says how many entries could not be read, and is then loaded as an incomplete one", async () => {
    const source = await filled(30);
    const damaged: AtomicDriver = {
      ...source,
      async readEntries(keys) {
        if (keys.includes("acc:users:guest7")) throw new DriverError("corrupt", "Cannot read it");
        return source.readEntries!(keys);
      },
    };
    const text = (await collected(dump(damaged))).join("");
    assert.ok(text.endsWith('\n{"end":true,"entries":31,"failed":1}\n'), text.slice(-100));
    const { copied, failed, notDumped, complete } = await load(memory(), [text]);
    assert.deepEqual([copied, failed, notDumped, complete], [31, 0, 1, false]);
    // the end of a dump of an earlier version
    const earlier = await load(memory(), [text.replace(',"failed":1}', "}")]);
    assert.deepEqual([earlier.notDumped, earlier.complete], [0, true]);
    const whole = await load(memory(), dump(source));
    assert.deepEqual([whole.notDumped, whole.complete], [0, true]);
  });

  it("of a file without line ends is refused before it fills the memory", async () => {
    let given = 0;
    function* endless(): Generator<string> {
      for (; given < 10_000; given++) yield "\0".repeat(65_536);
    }
    const refusal = { code: "invalid_options", message: /line 1 is longer than 16 million characters/ };
    await assert.rejects(load(memory(), endless()), refusal);
    assert.ok(given < 1_000, `${given} pieces were read`);
    const [header = ""] = await collected(dump(memory()));
    function* second(): Generator<string> {
      yield header;
      yield* endless();
    }
    given = 0;
    await assert.rejects(load(memory(), second()), { ...refusal, message: /line 2 is longer/ });
  });

  it("has no line that is too long to be loaded", async () => {
    const source = await filled(3);
    await source.swap("acc:users:long", null, "x".repeat(16_000_000));
    const failed: FailedEntry[] = [];
    const target = memory();
    const report = await load(target, dump(source, { onFailed: (one) => failed.push(one) }));
    assert.deepEqual([report.copied, report.notDumped, report.complete], [5, 1, false]);
    assert.deepEqual(
      failed.map(({ key }) => key),
      ["acc:users:long"],
    );
    assert.match(failed[0]?.reason ?? "", /16 million characters/);
  });

  it("of which no more comes is left at once by an interrupted load", { timeout: 20_000 }, async () => {
    const [header = "", ...entries] = await collected(dump(await filled(3)));
    for (const begun of [[], [header], [header, ...entries.slice(0, -1), entries.at(-1)!.slice(0, 10)]]) {
      const interrupt = new AbortController();
      async function* stalled(): AsyncGenerator<string> {
        yield* begun;
        setTimeout(() => interrupt.abort(), 20);
        await new Promise(() => undefined);
      }
      const report = await load(memory(), stalled(), { signal: interrupt.signal });
      assert.deepEqual([report.complete, report.failed], [false, 0]);
    }
  });

  it("is not called complete by a load that was interrupted before it stored the last page", async () => {
    const interrupt = new AbortController();
    const text = (await collected(dump(await filled(3)))).join("");
    async function* texts(): AsyncGenerator<string> {
      yield text;
      interrupt.abort();
    }
    const { copied, complete } = await load(memory(), texts(), { signal: interrupt.signal });
    assert.deepEqual([copied, complete], [0, false]);
  });

  it("and a load reject with an error of the SDK if the storage fails", async () => {
    const source = await filled(3);
    const down = async (): Promise<never> => {
      throw new DriverError("unavailable", "Cannot connect");
    };
    const failure = { code: "storage_unavailable", message: /Cannot connect/ };
    await assert.rejects(collected(dump({ ...source, readEntries: down })), failure);
    await assert.rejects(load({ ...memory(), readEntries: down }, dump(source)), failure);
    const lost = async function* () {
      yield await down();
    };
    await assert.rejects(collected(dump({ ...source, keys: lost })), { ...failure, message: /list the storage/ });
  });

  it("that is interrupted has no end", async () => {
    const source = await filled(3_000);
    const interrupt = new AbortController();
    const texts = await collected(dump(source, { signal: interrupt.signal, onProgress: () => interrupt.abort() }));
    assert.ok(!texts.join("").includes('"end":true'));
    assert.equal((await load(memory(), texts)).complete, false);
  });
});
