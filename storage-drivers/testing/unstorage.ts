/** The driver is an unstorage driver too: what `createStorage({ driver })` expects of it. */
import { createStorage } from "unstorage";
import { check, same } from "./assert.ts";
import type { Cases } from "./types.ts";

export const cases: Cases = {
  async "it works inside createStorage"(driver) {
    const storage = createStorage({ driver });
    check(typeof driver.name === "string" && driver.name !== "", "the driver has no name");
    await storage.setItem("app:one", { number: 1, text: "é" });
    await storage.setItem("app:two", "text");
    await storage.setItem("other", 3);
    same(await storage.getItem("app:one"), { number: 1, text: "é" }, "getItem of an object");
    same(await storage.getItem("app:two"), "text", "getItem of a string");
    same(await storage.getItem("other"), 3, "getItem of a number");
    same(await storage.getItem("absent"), null, "getItem of an absent key");
    same(await storage.hasItem("app:one"), true, "hasItem of a key");
    same(await storage.hasItem("absent"), false, "hasItem of an absent key");
    same((await storage.getKeys()).sort(), ["app:one", "app:two", "other"], "getKeys");
    same((await storage.getKeys("app")).sort(), ["app:one", "app:two"], 'getKeys("app")');
    same(typeof (await storage.getMeta("app:one")), "object", "getMeta");

    const bytes = new Uint8Array([0, 1, 127, 128, 254, 255]);
    await storage.setItemRaw("raw", bytes);
    const back: Uint8Array | null = await storage.getItemRaw("raw");
    same(back === null ? null : Array.from(back), Array.from(bytes), "getItemRaw of bytes");

    await storage.removeItem("app:one");
    same(await storage.getItem("app:one"), null, "getItem after removeItem");
    // A Storage clears its whole mounts only; the driver itself clears what begins with a base.
    await driver.clear?.("app:", {});
    same((await storage.getKeys()).sort(), ["other", "raw"], 'getKeys after clear("app:")');
    await storage.clear();
    same(await storage.getKeys(), [], "getKeys after clear");
  },

  async "both faces of the driver agree"(driver) {
    const storage = createStorage({ driver });
    await storage.setItem("k", "text");
    same(await driver.read("k"), "text", "read after setItem");
    check(await driver.swap("k", "text", "next", 5), "swap over what setItem wrote was answered with false");
    same(await storage.getItem("k"), "next", "getItem after swap");
    await storage.removeItem("k");
    same(await driver.read("k"), null, "read after removeItem");
    check(await driver.swap("k", null, "again"), "swap after removeItem was answered with false");
    await storage.clear();
    same(await driver.read("k"), null, "read after clear");
  },
};
