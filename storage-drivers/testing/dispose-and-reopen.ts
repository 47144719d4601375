/** What a driver does after `dispose`, and what is there when its storage is opened again. */
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import { attempt, check, collect, each, same } from "./assert.ts";
import { dueAt, keysOf } from "./listed.ts";
import type { Cases } from "./types.ts";

export const cases: Cases = {
  async "every call rejects after dispose"(driver) {
    await driver.swap("k", null, "x", 1);
    await rejectsAll(driver);
  },

  /** The same for a driver that was never used, and so may not have opened anything. */
  async "every call rejects after dispose of an unused driver"(driver) {
    return rejectsAll(driver);
  },

  async "what was written survives reopening"(driver, { reopen }) {
    if (!reopen) return;
    await each(50, (number) => driver.swap(`k:${number}`, null, `v${number}`, number % 2 ? number : null));
    await driver.swap("k:1", "v1", null);
    await driver.swap("k:3", "v3", "new", 1_000);
    await driver.dispose();
    const next: AtomicDriver = await reopen();
    try {
      same(await next.read("k:2"), "v2", "a value after reopening");
      same(await next.read("k:3"), "new", "a replaced value after reopening");
      same(await next.read("k:1"), null, "a deleted value after reopening");
      same((await keysOf(next, "k:")).length, 49, "the number of keys after reopening");
      const odd = Array.from({ length: 23 }, (_, number) => `k:${number * 2 + 5} at ${number * 2 + 5}`);
      same(await dueAt(next, 2_000), [...odd, "k:3 at 1000"], "the queue after reopening");
      check(await next.swap("k:2", "v2", "v"), "a value was not recognised after reopening");
    } finally {
      await next.dispose();
    }
  },
};

async function rejectsAll(driver: AtomicDriver): Promise<void> {
  await driver.dispose();
  const read = () => driver.read("k");
  const calls: [string, () => Promise<unknown>][] = [
    ["read", read],
    ["swap", () => driver.swap("k", "x", "y")],
    ["due", () => driver.due(1, { limit: 1 })],
    ["keys", () => collect(driver.keys(""))],
    ["keyPages", () => collect<unknown>(driver.keyPages?.("") ?? driver.keys(""))],
    ["readMany", () => driver.readMany?.(["k"]) ?? read()],
    ["readEntries", () => driver.readEntries?.(["k"]) ?? read()],
    ["dueTimes", () => driver.dueTimes?.(["k"]) ?? read()],
    ["swapAll", () => driver.swapAll?.([{ key: "k", expected: null, next: "x" }]) ?? read()],
    ["deleteDue", () => driver.deleteDue?.(1, { limit: 200, keys: ["acc:"], beginning: "x" }) ?? read()],
  ];
  for (const [name, call] of calls)
    check((await attempt(call, `${name} after dispose`)) === null, `${name} after dispose answered`);
  same(driver.read.now?.("k"), undefined, "what read.now returns after dispose, because read rejects");
  await driver.dispose();
}
