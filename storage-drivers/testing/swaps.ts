/** What a swap does, and that of several only one wins. */
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import { check, same } from "./assert.ts";
import { dueAt } from "./listed.ts";
import type { Cases } from "./types.ts";

export const cases: Cases = {
  async "swap does what its table says"(driver) {
    let number = 0;
    for (const stored of [null, "one"]) {
      for (const expected of [null, "one", "two"]) {
        for (const next of [null, "one", "three"]) {
          for (const due of [undefined, null, 50]) {
            const key = `table-${number++}`;
            const what = `swap(${expected}, ${next}, due ${due}) over ${stored}`;
            if (stored !== null) check(await driver.swap(key, null, stored), `${what}: could not prepare`);
            same(await driver.swap(key, expected, next, due), stored === expected, what);
            const value = stored === expected ? next : stored;
            same(await driver.read(key), value, `the value after ${what}`);
            const queued = stored === expected && next !== null && typeof due === "number";
            same(await dueOf(driver, key), queued ? [`${key} at 50`] : [], `its place in the queue after ${what}`);
          }
        }
      }
    }
  },

  async "a refused swap changes nothing"(driver) {
    await driver.swap("kept", null, "value", 10);
    for (const [expected, next, due] of [
      ["other", "x", 5],
      ["other", "x", null],
      ["other", null, undefined],
      [null, "x", 5],
      [null, null, undefined],
      ["", null, 5],
    ] as const) {
      same(await driver.swap("kept", expected, next, due), false, `swap(${expected}, ${next}, ${due})`);
      same(await driver.read("kept"), "value", `the value after a refused swap(${expected}, ${next}, ${due})`);
      same(await dueAt(driver, 100), ["kept at 10"], "the queue after a refused swap");
    }
  },

  async "one of many concurrent swaps wins"(driver, { racers = 32 }) {
    await race([driver], racers);
  },

  /** The same with the calls spread over two handles. */
  async "one of many swaps over two handles wins"(driver, { reopen, racers = 32 }) {
    if (driver.guarantee === "process") return;
    check(reopen !== undefined, `the guarantee is "${driver.guarantee}": give the suite \`reopen\` to see it`);
    const second = await (reopen as () => Promise<AtomicDriver>)();
    try {
      await race([driver, second], racers);
      await driver.swap("shared", null, "1", 5);
      same(await dueOf(second, "shared"), ["shared at 5"], "the place that one handle gave, for the other");
      await second.swap("shared", "1", "2");
      same(await driver.read("shared"), "2", "a value the other handle wrote");
      same(await dueOf(driver, "shared"), [], "the place that the other handle took away");
    } finally {
      await second.dispose();
    }
  },

  /** A counter that every loop raises by reading and swapping until it succeeds loses no step. */
  async "a counter loses no step"(driver, { racers = 32 }) {
    await driver.swap("counter", null, "0");
    await Promise.all(
      Array.from({ length: racers }, async () => {
        for (;;) {
          const value = (await driver.read("counter")) as string;
          if (await driver.swap("counter", value, String(Number(value) + 1), Number(value))) return;
        }
      }),
    );
    same(await driver.read("counter"), String(racers), `a counter raised ${racers} times`);
    same(await dueAt(driver, racers), [`counter at ${racers - 1}`], "the queue after the last raise");
  },
};

/** The places of a key in the queue, at whatever time. */
async function dueOf(driver: AtomicDriver, key: string): Promise<string[]> {
  return (await dueAt(driver, Number.MAX_SAFE_INTEGER)).filter((entry) => entry.startsWith(`${key} at `));
}

async function race(drivers: readonly AtomicDriver[], racers: number): Promise<void> {
  for (const [round, start] of [null, "old", null, "old"].entries()) {
    const key = `race-${round}`;
    if (start !== null) check(await (drivers[0] as AtomicDriver).swap(key, null, start), "could not prepare a race");
    const calls = Array.from({ length: racers }, (_, number) => {
      const driver = drivers[number % drivers.length] as AtomicDriver;
      // Half of the rounds have one call that deletes among them.
      return driver.swap(key, start, round > 1 && number === 1 && start !== null ? null : `by-${number}`, number);
    });
    const winners = (await Promise.all(calls)).flatMap((won, number) => (won ? [number] : []));
    same(winners.length, 1, `winners of ${racers} swaps of one key that expect ${start}`);
    const winner = winners[0] as number;
    const deleted = round > 1 && winner === 1 && start !== null;
    for (const driver of drivers) same(await driver.read(key), deleted ? null : `by-${winner}`, "the winner's value");
    const dues = await dueOf(drivers[0] as AtomicDriver, key);
    same(dues, deleted ? [] : [`${key} at ${winner}`], "the winner's place in the queue");
  }
}
