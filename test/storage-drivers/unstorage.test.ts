import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createStorage, prefixStorage, restoreSnapshot, snapshot } from "unstorage";
import memory from "../../storage-drivers/memory.ts";

describe("memory as an unstorage driver", () => {
  it("can be mounted beside another driver", async () => {
    const storage = createStorage();
    storage.mount("accounts", memory());
    await storage.setItem("accounts:a", { id: 1 });
    await storage.setItem("b", "other");
    assert.deepEqual(await storage.getItem("accounts:a"), { id: 1 });
    assert.deepEqual(await storage.getKeys("accounts"), ["accounts:a"]);
    await storage.clear("accounts");
    assert.deepEqual(await storage.getKeys(), ["b"]);
  });

  it("supports setItems, getItems, snapshots and prefixes", async () => {
    const storage = createStorage({ driver: memory() });
    await storage.setItems([
      { key: "x:1", value: "one" },
      { key: "x:2", value: "two" },
    ]);
    assert.deepEqual(
      (await storage.getItems(["x:1", "x:2"])).map(({ value }) => value),
      ["one", "two"],
    );
    const copy = createStorage({ driver: memory() });
    await restoreSnapshot(copy, await snapshot(storage, "x"), "y");
    assert.deepEqual(await prefixStorage(copy, "y").getItem("2"), "two");
  });

  it("stores metadata for an item and reports its size in bytes", async () => {
    const storage = createStorage({ driver: memory() });
    await storage.setItem("k", "é");
    await storage.setMeta("k", { note: "n" });
    assert.deepEqual({ ...(await storage.getMeta("k")) }, { size: 2, note: "n" });
    assert.deepEqual(await storage.getKeys(), ["k"]);
    await storage.removeItem("k", { removeMeta: true });
    assert.deepEqual({ ...(await storage.getMeta("k")) }, {});
  });

  it("removes a key from the due queue when it is overwritten, removed or cleared", async () => {
    const driver = memory();
    for (const key of ["a", "b", "c"]) await driver.swap(key, null, "x", 1);
    await driver.setItem?.("a", "y", {});
    await driver.removeItem?.("b", {});
    assert.deepEqual((await driver.due(1, { limit: 9 })).entries, [{ key: "c", due: 1 }]);
    await driver.clear?.("", {});
    assert.deepEqual((await driver.due(1, { limit: 9 })).entries, []);
  });
});
