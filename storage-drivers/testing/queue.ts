/** The due queue: its order, its bounds and its pages. */
import { attempt, check, each, same } from "./assert.ts";
import { dueAt, pagesAt } from "./listed.ts";
import type { Cases } from "./types.ts";

const FAR = 8_640_000_000_000_000;

export const cases: Cases = {
  async "due is ordered and includes its bound"(driver) {
    const dues = {
      d: 20,
      b: 10,
      c: 10,
      a: 30,
      b_: 10,
      "b-": 10,
      b0: 10,
      first: 0,
      before: -5,
      far: FAR,
      later: 1.8e12,
    };
    const entries = Object.entries(dues);
    for (const [key, due] of entries)
      check(await driver.swap(key, null, "x", due), `creating ${key} was answered with false`);
    const sorted = entries.sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
    for (const before of [-6, -5, -1, 0, 9, 10, 19, 20, 30, 1.8e12 - 1, 1.8e12, FAR]) {
      const expected = sorted.filter(([, due]) => due <= before).map(([key, due]) => `${key} at ${due}`);
      same(await dueAt(driver, before), expected, `what is due at ${before}`);
    }
  },

  async "due follows every swap"(driver) {
    const expect = async (entries: string[], what: string): Promise<void> => {
      same(await dueAt(driver, 1_000), entries, `the queue after ${what}`);
    };
    await driver.swap("k", null, "1", 100);
    await driver.swap("k", "1", "2", 900);
    await driver.swap("other", null, "x", 500);
    await expect(["other at 500", "k at 900"], "moving a key back");
    await driver.swap("k", "2", "3", 50);
    await expect(["k at 50", "other at 500"], "moving it forward");
    await driver.swap("k", "3", "4", 50);
    await expect(["k at 50", "other at 500"], "a swap with the same time");
    await driver.swap("k", "4", "5", null);
    await expect(["other at 500"], "a swap with due null");
    await driver.swap("k", "5", "6", 60);
    await driver.swap("k", "6", "7");
    await expect(["other at 500"], "a swap without due");
    await driver.swap("k", "7", "8", 70);
    await driver.swap("k", "8", null);
    await expect(["other at 500"], "deleting the key");
    await driver.swap("k", null, "9");
    await expect(["other at 500"], "writing the key again without due");
    await driver.swap("other", "x", null, 5);
    await expect([], "deleting with a time");
    same(await driver.swap("absent", null, null, 5), true, "swap(absent, null, null)");
    await expect([], "swapping nothing for nothing");
  },

  async "dueTimes says what due lists"(driver) {
    if (!driver.dueTimes) return;
    same(await driver.dueTimes([]), [], "dueTimes of no keys");
    // more than one page of any driver, over many hours
    const dueOf = (number: number): number => 1_800_000_000_000 + number * 61_000;
    await each(300, (number) => driver.swap(name(number), null, "x", dueOf(number)));
    await driver.swap("undue", null, "x");
    await driver.swap("moved", null, "x", 1);
    await driver.swap("moved", "x", "x", 2);
    await driver.swap("left", null, "x", 3);
    await driver.swap("left", "x", "x");
    await driver.swap("gone", null, "x", 4);
    await driver.swap("gone", "x", null);
    await driver.swap("before", null, "x", -5);
    const keys = Array.from({ length: 300 }, (_, number) => name(299 - number));
    const asked = [...keys, "undue", "moved", "left", "gone", "absent", "before", name(3)];
    const expected = keys.map((_, number) => dueOf(299 - number));
    same(
      await driver.dueTimes(asked),
      [...expected, null, 2, null, null, null, -5, dueOf(3)],
      "the times of keys that are due, were moved, were taken out, are gone and are absent",
    );
  },

  /** Pages of any size give every entry once, also when entries share a time and when pages were deleted meanwhile. */
  async "due comes in pages of any size"(driver) {
    const keys = Array.from({ length: 90 }, (_, number) => name(number));
    const expected = keys.map((key, number) => `${key} at ${Math.floor(number / 30)}`);
    await each(90, (number) => driver.swap(name(89 - number), null, "x", Math.floor((89 - number) / 30)));
    for (const limit of [1, 7, 30, 89, 90, 91, 1000]) {
      same(await dueAt(driver, 2, limit), expected, `pages of ${limit}`);
    }
    same((await driver.due(2, { limit: 90 })).cursor, null, "the cursor of a page that ends with the queue");
    same((await driver.due(-1, { limit: 5 })).entries.length, 0, "entries when nothing is due");

    const seen: string[] = [];
    for await (const { entries } of pagesAt(driver, 2, 7)) {
      for (const { key } of entries) {
        seen.push(key);
        check(await driver.swap(key, "x", null), `deleting ${key} was answered with false`);
      }
    }
    same(seen, keys, "pages of 7 whose entries are deleted at once");
    same(await dueAt(driver, 2), [], "the queue after deleting all of it");
  },

  async "a cursor outlives changes"(driver) {
    await each(40, (number) => driver.swap(name(number), null, "x", 100 + Math.floor(number / 4)));
    const first = await driver.due(1_000, { limit: 10 });
    same(first.entries.length, 10, "entries of the first page");
    await driver.swap(name(9), "x", null);
    await driver.swap(name(10), "x", null);
    await driver.swap(name(12), "x", "x", 500);
    await driver.swap(name(13), "x", "x");
    await driver.swap("added", null, "x", 105);
    await driver.swap("behind", null, "x", 1);
    const rest: string[] = [];
    for await (const { entries } of pagesAt(driver, 1_000, 6, first.cursor))
      rest.push(...entries.map(({ key }) => key));
    const numbers = Array.from({ length: 40 }, (_, number) => number).filter((n) => n > 10 && n !== 12 && n !== 13);
    const [early, late] = [numbers.filter((n) => n < 24), numbers.filter((n) => n >= 24)];
    same(rest, [...early.map(name), "added", ...late.map(name), name(12)], "the pages after the first");
  },

  async "times and sizes that make no sense are refused"(driver) {
    for (const due of [Number.NaN, Number.POSITIVE_INFINITY, 1.5]) {
      const what = `a swap with due ${due}`;
      check((await attempt(() => driver.swap("bad", null, "x", due), what)) === null, `${what} was not refused`);
      same(await driver.read("bad"), null, `the value of ${what}`);
    }
    for (const limit of [0, -1, 1.5, Number.NaN]) {
      const what = `due with limit ${limit}`;
      check((await attempt(() => driver.due(1, { limit }), what)) === null, `${what} was not refused`);
    }
  },
};

function name(number: number): string {
  return `acc:users:${String(number).padStart(4, "0")}`;
}
