/** keys(): complete, exact in its prefix, and free to be left early. */
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import { attempt, check, collect, each, same } from "./assert.ts";
import { keysOf } from "./listed.ts";
import type { Cases } from "./types.ts";

export const cases: Cases = {
  async "keys takes its prefix literally"(driver) {
    const keys = ["acc:users:a", "acc:users:b", "acc:users2:a", "acc:user:a", "clm:users:a", "acc", "acc_users"];
    for (const key of keys) await driver.swap(key, null, "x");
    for (const prefix of ["", "acc:users:", "acc:users", "acc:", "acc", "clm:users:a", "nothing:"]) {
      const expected = keys.filter((key) => key.startsWith(prefix)).sort();
      same(await keysOf(driver, prefix), expected, `keys("${prefix}")`);
    }
    for (const prefix of ["*", "acc:user?:", "acc:[u]sers:", "acc:users:\\", "ACC:", "acc:*", "../", "__proto__"]) {
      // A prefix that no key could have may be refused like such a key.
      const found = await attempt(() => collect(driver.keys(prefix)), `keys("${prefix}")`);
      same(found?.value ?? [], [], `keys("${prefix}")`);
    }
  },

  /** Every key is listed, once unless the storage reorganises itself, and an iteration left early leaves nothing broken. */
  async "keys is complete over many keys"(driver, { keys: count = 100_000, keysAtOnce = false }) {
    await each(count, (number) => driver.swap(`acc:many:${number}`, null, "x"));
    await driver.swap("acc:other:1", null, "x");
    const seen = new Set<string>();
    for await (const key of driver.keys("acc:many:")) seen.add(key);
    same(seen.size, count, `different keys among ${count}`);
    for (let number = 0; number < count; number++)
      check(seen.has(`acc:many:${number}`), `acc:many:${number} is not listed`);
    let steps = 0;
    for await (const key of driver.keys("acc:many:")) {
      check(seen.has(key), `${key} is listed and was not written`);
      if (++steps === 3) break;
    }
    same(steps, Math.min(3, count), "steps of an iteration left early");
    if (driver.keyPages) {
      const paged = new Set<string>();
      for await (const page of driver.keyPages("acc:many:")) for (const key of page) paged.add(key);
      same([...paged].sort(), [...seen].sort(), "what keyPages lists");
    }
    same(await driver.read("acc:other:1"), "x", "a value read after an iteration was left");
    if (keysAtOnce || count < 10_000) return;
    await readsOn(driver, count, 1, async function* () {
      for await (const key of driver.keys("acc:many:")) yield [key];
    });
    const pages = driver.keyPages?.bind(driver);
    if (pages) await readsOn(driver, count, 2, () => pages("acc:many:"));
  },

  /** Keys that stay from the first to the last step are listed, whatever is written and removed meanwhile. */
  async "keys is complete beside writes"(driver) {
    await each(300, (number) => driver.swap(`k:${number}`, null, "x", number));
    const seen = new Set<string>();
    let step = 0;
    for await (const key of driver.keys("k:")) {
      seen.add(key);
      if (step < 100) {
        await driver.swap(`k:${step}`, "x", "y", null);
        await driver.swap(`k:${200 + step}`, "x", null);
        await driver.swap(`k:new${step}`, null, "x");
      }
      step++;
      check(step < 10_000, "an iteration beside writes does not end");
    }
    for (let number = 0; number < 200; number++) check(seen.has(`k:${number}`), `k:${number} is not listed`);
  },
};

/**
 * What a listing holds is bounded if it does not read far ahead: of what is deleted after its first step, most is not
 * listed any more. A heap that is measured would say less, since it grows until it is collected.
 */
async function readsOn(
  driver: AtomicDriver,
  count: number,
  round: number,
  list: () => AsyncIterable<readonly string[]>,
): Promise<void> {
  const removed = new Set(Array.from({ length: 500 }, (_, n) => `acc:many:${Math.floor((n * count) / 500) + round}`));
  const names = [...removed];
  let before = 0;
  let after = 0;
  let first = true;
  for await (const page of list()) {
    for (const key of page) if (removed.has(key)) first ? before++ : after++;
    if (!first) continue;
    first = false;
    await each(names.length, (index) => driver.swap(names[index] as string, "x", null));
  }
  const left = removed.size - before;
  check(left > 0, `the first step of a listing held all of ${count} keys: see keysAtOnce`);
  check(after < left / 2, `a listing had read ahead ${after} of ${left} keys that were deleted after its first step`);
}
