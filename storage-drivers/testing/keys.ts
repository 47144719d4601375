/** Keys that storages confuse are kept apart or refused; none of them reaches another's value. */
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import { attempt, check, same } from "./assert.ts";
import { dueAt, keysOf } from "./listed.ts";
import type { Cases } from "./types.ts";

/** Groups that some storage takes for one and the same key, or for a path, a pattern or a property. */
const GROUPS: readonly (readonly string[])[] = [
  ["a", "a:b", "a:b:c", "a:", ":a", "a::b", "::", ":"],
  ["q", "q?x", "q?y", "q#x", "q&x"],
  ["s", "s/b", "s:b", "s\\b", "/s", "s/", "s.b", "s/../b"],
  ["..", ".", "../x", "..:x", "x:..", "a/../../etc"],
  ["m", "m$", "$m", "m$:x"],
  ["C", "c", "Acc:Users", "acc:users"],
  ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"],
  ["\u00e9", "e\u0301", "E\u0301", "\u212b", "\u00c5"],
  ["g", "g*", "g?", "[g]", "g{a,b}", "*", "g\\*"],
  [" ", "w", " w", "w ", "w\n", "w\r\n", "w\t"],
  ["z", "z\u0000", "z\u0000y", "\u0000"],
  ["{t}", "t", "{t}x", "}t{", "{}"],
  ["%41", "p%2fq", "p%3aq", "con", "nul", "aux.txt", ".hidden", "~", "-f", "--"],
  ["\ud800", "\ufffd", "\udfff", "😀"],
];

export const cases: Cases = {
  async "hostile keys are kept apart or refused"(driver) {
    for (const group of GROUPS) {
      const kept = new Map<string, string>();
      for (const key of group) {
        const value = `value of ${JSON.stringify(key)}`;
        const what = `swap of key ${JSON.stringify(key)}`;
        const created = await attempt(() => driver.swap(key, null, value, 1), what);
        if (created === null) continue;
        check(created.value, `${what} was answered with false: it reaches the value of another key`);
        kept.set(key, value);
      }
      await compare(driver, kept, group);
      const first = kept.keys().next().value;
      if (first === undefined) continue;
      check(await driver.swap(first, kept.get(first) as string, null), `deleting ${JSON.stringify(first)} failed`);
      kept.delete(first);
      await compare(driver, kept, group);
      for (const [key, value] of kept)
        check(await driver.swap(key, value, null), `deleting ${JSON.stringify(key)} failed`);
      same(await keysOf(driver), [], `keys after deleting ${JSON.stringify(group)}`);
    }
  },

  /** The keys of the accounts themselves are never refused, up to 200 characters. */
  async "plain keys are all accepted and kept apart"(driver) {
    const lock = `clm:users:email:${"f0".repeat(32)}`;
    const keys = ["acc:users:abc", "acc:users2:abc", lock, "a", "a-b_c9", "k".repeat(200)];
    for (const key of keys) check(await driver.swap(key, null, `of ${key}`), `creating ${key} was answered with false`);
    for (const key of keys) same(await driver.read(key), `of ${key}`, `the value of ${key}`);
    same(await keysOf(driver), keys.sort(), "keys");
  },

  async "long keys are kept apart or refused"(driver) {
    for (const length of [250, 300, 5_000]) {
      const keys = ["x", "y", "z:z"].map((end) => "k".repeat(length) + end);
      const kept = new Map<string, string>();
      for (const key of keys) {
        const created = await attempt(() => driver.swap(key, null, key.slice(-3)), "a long key");
        if (created) kept.set(key, key.slice(-3));
      }
      for (const [key, value] of kept) same(await driver.read(key), value, `a key of ${key.length} characters`);
      for (const [key, value] of kept) check(await driver.swap(key, value, null), "deleting a long key failed");
    }
  },
};

async function compare(
  driver: AtomicDriver,
  kept: ReadonlyMap<string, string>,
  group: readonly string[],
): Promise<void> {
  for (const key of group) {
    const what = `read of key ${JSON.stringify(key)} among ${JSON.stringify([...kept.keys()])}`;
    const found = await attempt(() => driver.read(key), what);
    if (found === null) {
      check(!kept.has(key), `${what}: refused, although it was written`);
    } else {
      same(found.value, kept.get(key) ?? null, what);
    }
  }
  const keys = [...kept.keys()].sort();
  same(await keysOf(driver), keys, `keys among ${JSON.stringify(group)}`);
  const due = keys.map((key) => `${key} at 1`).sort();
  same((await dueAt(driver, 1)).sort(), due, `due among ${JSON.stringify(group)}`);
}
