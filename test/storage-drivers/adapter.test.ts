import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { createStorage, type Driver } from "unstorage";
import fsLite from "unstorage/drivers/fs-lite";
import lruCache from "unstorage/drivers/lru-cache";
import memory from "unstorage/drivers/memory";
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import { adapt } from "../../storage-drivers/adapter.ts";
import ours from "../../storage-drivers/memory.ts";
import { driverConformance } from "../../storage-drivers/testing/index.ts";
import { runSuite } from "./suite.ts";

const directories: string[] = [];
after(() => Promise.all(directories.map((path) => rm(path, { recursive: true, force: true }))));

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "anon-adapter-"));
  directories.push(path);
  return path;
}

// getKeys of unstorage returns an array
const keysAtOnce = true;
runSuite("adapter over memory", { keysAtOnce, open: () => adapt(memory()) });
// only the first runs with the full number of keys: the adapter is the same over every driver
const keys = 10_000;
runSuite("adapter over lru-cache", { keysAtOnce, keys, open: () => adapt(lruCache({ max: 200_000 })) });
runSuite("adapter over a Storage", { keysAtOnce, keys, open: () => adapt(createStorage()) });
runSuite("adapter over fs-lite", {
  keysAtOnce,
  keys,
  open: async () => adapt(fsLite({ base: await directory() })),
  reopen: () => adapt(fsLite({ base: directories.at(-1) as string })),
});

describe("adapter", () => {
  it("fails the suite for reading all keys at once unless keysAtOnce is set", async () => {
    const cases = driverConformance({ open: () => adapt(memory()), keys: 10_000 });
    const many = cases.find(({ name }) => name === "keys is complete over many keys");
    await assert.rejects(many!.run(), { name: "ConformanceError", message: /read ahead 500 of/ });
  });

  it("fails the suite for a place in the queue at a time that was not given", async () => {
    const cases = driverConformance({
      open(): AtomicDriver {
        const driver = ours();
        return {
          ...driver,
          swap: (key, expected, next, due) => driver.swap(key, expected, next, due === null ? 0 : due),
        };
      },
    });
    const table = cases.find(({ name }) => name === "swap does what its table says");
    await assert.rejects(table!.run(), { name: "ConformanceError", message: /its place in the queue .* at 0/ });
  });

  it("returns an atomic driver unchanged, and one adapter per source", async () => {
    const atomic = ours();
    assert.equal(adapt(atomic), atomic);
    const source = memory();
    const one = adapt(source);
    assert.equal(adapt(source), one);
    await one.dispose();
    assert.notEqual(adapt(source), one);
  });

  it("does not dispose a Storage, but disposes a driver", async () => {
    const storage = createStorage();
    const adapter = adapt(storage);
    await adapter.swap("k", null, "x");
    await adapter.dispose();
    assert.deepEqual(await storage.getKeys(), ["anon.k"]);
    const source = memory();
    await adapt(source).swap("k", null, "x");
    await adapt(source).dispose();
    assert.deepEqual(await source.getKeys("", {}), []);
  });

  it("scans the keys once for the due queue of an earlier process, then keeps the queue in memory", async () => {
    const source = memory();
    await source.setItem?.("anon.a", "anon1;20;x", {});
    await source.setItem?.("anon.b", "anon1;10;x", {});
    await source.setItem?.("anon.c", "anon1;-;x", {});
    await source.setItem?.("anon.d", "damaged", {});
    await source.setItem?.("app:own", "anon1;5;x", {});
    let scans = 0;
    const adapter = adapt({
      ...source,
      getKeys: (base: string, options: object) => {
        scans++;
        return source.getKeys(base, options);
      },
    });
    const keys = async () => (await adapter.due(100, { limit: 9 })).entries.map(({ key }) => key);
    assert.deepEqual(await keys(), ["b", "a"]);
    await adapter.swap("a", "x", "y", 1);
    await adapter.swap("e", null, "x", 2);
    assert.deepEqual(await keys(), ["a", "e", "b"]);
    assert.equal(scans, 1);
    await assert.rejects(adapter.read("d"), { name: "DriverError", code: "corrupt" });
    await assert.rejects(adapter.swap("d", null, "x"), { code: "corrupt" });
  });

  it("includes every write that happens during the scan", async () => {
    const adapter = adapt(memory());
    for (let number = 0; number < 200; number++) await adapter.swap(`k${number}`, null, "x", 1);
    const scan = adapter.due(5, { limit: 1000 });
    const writes = Array.from({ length: 200 }, (_, number) =>
      number % 2 ? adapter.swap(`k${number}`, "x", null) : adapter.swap(`new${number}`, null, "x", 1),
    );
    await Promise.all([scan, ...writes]);
    assert.equal((await adapter.due(5, { limit: 1000 })).entries.length, 200);
    assert.equal((await adapter.due(5, { limit: 1000 })).entries.filter(({ key }) => key[0] === "n").length, 100);
  });

  it("rejects when the driver resolves with an error object", async () => {
    const base = await directory();
    const adapter = adapt(fsLite({ base }));
    await adapter.swap("k", null, "x");
    const resolvingWith = (answer: unknown): Driver => ({
      ...memory(),
      getItem: () => answer as null,
      setItem: () => answer as undefined,
      getKeys: () => answer as string[],
    });
    const error = Object.assign(new Error("too many open files, password=secret-word"), { code: "EMFILE" });
    const failing = adapt(resolvingWith(error));
    for (const call of [failing.read("k"), failing.swap("k", null, "x"), failing.due(1, { limit: 1 })]) {
      await assert.rejects(call, (reason: Error & { code: string }) => {
        assert.equal(reason.code, "unavailable");
        assert.ok(!reason.message.includes("secret-word"));
        assert.equal(reason.cause, error);
        return true;
      });
    }
    const denied = adapt(resolvingWith(Object.assign(new Error("no"), { code: "EACCES" })));
    await assert.rejects(denied.read("k"), { code: "denied" });
    for (const wrong of [1, true, { a: 1 }, "text", new Uint8Array(2)]) {
      await assert.rejects(adapt(resolvingWith(wrong)).read("k"), { code: "corrupt" });
    }
  });

  it("reads the due queue again after a write with an unknown outcome", async () => {
    const source = memory();
    let fail = false;
    const adapter = adapt({
      ...source,
      async setItem(key: string, value: string, options: Record<string, unknown>) {
        await source.setItem?.(key, value, options);
        if (fail) throw new Error("the response was lost");
      },
    });
    await adapter.swap("k", null, "x", 10);
    assert.equal((await adapter.due(10, { limit: 1 })).entries.length, 1);
    fail = true;
    await assert.rejects(adapter.swap("k", "x", "y", 20), { code: "unavailable" });
    assert.equal((await adapter.due(10, { limit: 1 })).entries.length, 0);
    assert.deepEqual((await adapter.due(20, { limit: 1 })).entries, [{ key: "k", due: 20 }]);
  });

  it("refuses drivers that cannot write or that silently skip writes", async () => {
    const base = await directory();
    assert.throws(() => adapt(fsLite({ base, readOnly: true })), { code: "invalid_option" });
    assert.throws(() => adapt({ name: "reader", hasItem: () => false, getItem: () => null, getKeys: () => [] }), {
      code: "invalid_option",
    });
    const silent = adapt({ ...memory(), setItem: () => undefined });
    await assert.rejects(silent.swap("k", null, "x"), { code: "invalid_option" });
  });

  it("stores fs-lite keys in one flat directory, and names the key of a truncated file", async () => {
    const base = await directory();
    const adapter = adapt(fsLite({ base }));
    await adapter.swap("a", null, "x");
    await adapter.swap("a:b", null, "y");
    assert.deepEqual((await readdir(base)).sort(), ["anon.a", "anon.a.b"]);
    await writeFile(join(base, "anon.a"), "");
    await assert.rejects(adapter.read("a"), { code: "corrupt", message: /"a"/ });
    for (const key of ["A", "a::b", ":a", "a?x", "..", "k".repeat(201), ""]) {
      await assert.rejects(adapter.swap(key, null, "x"), { code: "invalid_key" });
    }
    await assert.rejects(adapter.swap("k", null, "\ud800"), { code: "invalid_value" });
  });
});
