/** Swaps of several keys, where a driver offers them: they happen all or none, and each call is judged on its own. */
import type { AtomicDriver, JointSwap } from "../../sdk/storage/port.ts";
import { attempt, check, each, same } from "./assert.ts";
import { dueAt } from "./listed.ts";
import type { Cases } from "./types.ts";

/** More calls than one batch of any driver has. */
const CALLS = 300;

/** As many as one call takes. */
const MOST = 256;

const FAR = Number.MAX_SAFE_INTEGER;

export const cases: Cases = {
  async "swapAll writes all values and their places in the queue"(driver) {
    if (!driver.swapAll) return;
    await driver.swap("kept", null, "1", 10);
    await driver.swap("moved", null, "1", 20);
    await driver.swap("left", null, "1", 30);
    await driver.swap("entered", null, "1");
    const swaps: JointSwap[] = [
      { key: "kept", expected: "1", next: "2", due: 10 },
      { key: "moved", expected: "1", next: "2", due: 25 },
      { key: "left", expected: "1", next: "" },
      { key: "entered", expected: "1", next: "2", due: 35 },
      { key: "new", expected: null, next: "2", due: null },
      { key: "new-due", expected: null, next: "2", due: 0 },
    ];
    same(await driver.swapAll(swaps, { durable: true }), true, "swapAll of what is as expected");
    for (const { key, next } of swaps) same(await driver.read(key), next, `the value of ${key} after swapAll`);
    const queue = ["new-due at 0", "kept at 10", "moved at 25", "entered at 35"];
    same(await dueAt(driver, FAR), queue, "the queue after swapAll");
    same(await driver.swapAll([{ key: "one", expected: null, next: "1", due: 5 }]), true, "swapAll of one value");
    same(await dueAt(driver, 9), ["new-due at 0", "one at 5"], "the queue after swapAll of one value");
  },

  /** Whichever of them it is, and whether it is absent, has another value, or is there. */
  async "a refused swapAll changes nothing"(driver) {
    if (!driver.swapAll) return;
    await driver.swap("a", null, "value", 10);
    await driver.swap("b", null, "value", 20);
    await driver.swap("c", null, "value");
    const good: JointSwap[] = [
      { key: "a", expected: "value", next: "x", due: 5 },
      { key: "b", expected: "value", next: "x" },
      { key: "c", expected: "value", next: "x", due: 7 },
      { key: "new", expected: null, next: "x", due: 8 },
      { key: "undue", expected: null, next: "x" },
    ];
    const bad: JointSwap[] = [
      { key: "a", expected: "other", next: "x", due: 5 },
      { key: "a", expected: null, next: "x", due: 5 },
      { key: "c", expected: "", next: "x" },
      { key: "new", expected: "value", next: "x", due: 8 },
      { key: "undue", expected: "", next: "x" },
    ];
    for (const one of bad) {
      const swaps = good.map((other) => (other.key === one.key ? one : other));
      const what = `swapAll with ${one.key} expected to be ${JSON.stringify(one.expected)}`;
      same(await driver.swapAll(swaps), false, what);
      for (const key of ["a", "b", "c"]) same(await driver.read(key), "value", `${key} after ${what}`);
      for (const key of ["new", "undue"]) same(await driver.read(key), null, `${key} after ${what}`);
      same(await dueAt(driver, FAR), ["a at 10", "b at 20"], `the queue after ${what}`);
    }
    // creations only, which drivers may write in another way
    const creations = [...good.slice(3), { key: "c", expected: null, next: "x" }];
    same(await driver.swapAll(creations), false, "swapAll that creates, with one that is there");
    for (const key of ["new", "undue"]) same(await driver.read(key), null, `${key} after a refused creation`);
    same(await driver.read("c"), "value", "what was there before a refused creation");
    same(await driver.swapAll(good), true, "swapAll of what is as expected");
  },

  async "calls of swapAll at the same time are judged one by one"(driver) {
    const swapAll = driver.swapAll?.bind(driver);
    if (!swapAll) return;
    await each(CALLS / 3, (index) => driver.swap(`lock-${index * 3}`, null, "there", index));
    const calls = Array.from({ length: CALLS }, (_, index) => {
      const due = index % 2 === 0 ? null : index;
      return swapAll([
        { key: `account-${index}`, expected: null, next: `account ${index}`, due },
        { key: `lock-${index}`, expected: null, next: `lock ${index}` },
      ]);
    });
    const expected = calls.map((_, index) => index % 3 !== 0);
    same(await Promise.all(calls), expected, "swapAll of accounts, of which each third has a lock that is there");
    await each(CALLS, async (index) => {
      same(await driver.read(`account-${index}`), expected[index] ? `account ${index}` : null, `account ${index}`);
      same(await driver.read(`lock-${index}`), expected[index] ? `lock ${index}` : "there", `lock ${index}`);
    });
    const queue = [
      ...Array.from({ length: CALLS / 3 }, (_, index) => ({ key: `lock-${index * 3}`, due: index })),
      ...expected.flatMap((done, index) => (done && index % 2 === 1 ? [{ key: `account-${index}`, due: index }] : [])),
    ].sort((a, b) => a.due - b.due || (a.key < b.key ? -1 : 1));
    const names = queue.map(({ key, due }) => `${key} at ${due}`);
    same(await dueAt(driver, FAR), names, "the queue after the calls of swapAll");
  },

  async "one of many calls of swapAll wins"(driver, { reopen, racers = 32 }) {
    if (!driver.swapAll) return;
    // the calls are spread over two handles, where there can be two
    const second = driver.guarantee === "process" || !reopen ? driver : await reopen();
    try {
      for (const [round, start] of [null, "old", null, "old"].entries())
        await race([driver, second], round, start, racers);
    } finally {
      if (second !== driver) await second.dispose();
    }
  },

  /** Each raises two counters of the same three, or one alone by a swap. None may be lost, and both rise together. */
  async "counters that are raised together lose no step"(driver, { racers = 32 }) {
    const swapAll = driver.swapAll?.bind(driver);
    if (!swapAll) return;
    const names = ["counter-0", "counter-1", "counter-2"] as const;
    for (const name of names) await driver.swap(name, null, "0");
    const read = async (key: string): Promise<JointSwap> => {
      const expected = (await driver.read(key)) as string;
      return { key, expected, next: String(Number(expected) + 1) };
    };
    const raise = async (number: number): Promise<void> => {
      const [one, other] = [names[number % 3] as string, names[(number + 1) % 3] as string];
      for (;;) {
        if (number % 4 === 3) {
          const { key, expected, next } = await read(one);
          if (await driver.swap(key, expected, next)) return;
        } else if (await swapAll([await read(one), await read(other)])) return;
      }
    };
    await Promise.all(Array.from({ length: racers }, (_, number) => raise(number)));
    const total = Array.from({ length: racers }, (_, number) => (number % 4 === 3 ? 1 : 2)).reduce((a, b) => a + b, 0);
    const values = await Promise.all(names.map((name) => driver.read(name)));
    same(
      values.reduce((sum, value) => sum + Number(value), 0),
      total,
      "what all raised together",
    );
  },

  async "swapAll takes 1 to 256 keys, each once"(driver) {
    const swapAll = driver.swapAll?.bind(driver);
    if (!swapAll) return;
    const swaps = Array.from({ length: MOST + 1 }, (_, index) => ({
      key: `acc:users:${index}`,
      expected: null,
      next: `value ${index}`,
      due: index % 2 === 0 ? index : null,
    }));
    const refusals: [what: string, swaps: readonly JointSwap[]][] = [
      ["swapAll of nothing", []],
      ["swapAll of 257 keys", swaps],
      ["swapAll with a key twice", [...swaps.slice(0, 2), ...swaps.slice(0, 1)]],
      ["swapAll with a due of NaN", [...swaps.slice(0, 2), { key: "bad", expected: null, next: "x", due: Number.NaN }]],
      ["swapAll with a due of 1.5", [{ key: "bad", expected: null, next: "x", due: 1.5 }, ...swaps.slice(0, 2)]],
    ];
    for (const [what, some] of refusals) {
      check((await attempt(() => swapAll(some), what)) === null, `${what} was not refused`);
    }
    for (const { key } of swaps.slice(0, 2)) same(await driver.read(key), null, `${key} after refusals`);
    const most = swaps.slice(0, MOST);
    same(await swapAll(most), true, `swapAll of ${MOST} keys`);
    await each(MOST, async (index) =>
      same(await driver.read(`acc:users:${index}`), `value ${index}`, `value ${index}`),
    );
    same((await dueAt(driver, FAR)).length, MOST / 2, `entries of the queue after swapAll of ${MOST} keys`);
    const again = most.map(({ key, next }) => ({ key, expected: next, next: "again" }));
    same(await swapAll(again), true, `swapAll of ${MOST} keys that are there`);
    same(await dueAt(driver, FAR), [], "the queue after swapAll without a due");
  },
};

/** All want `shared`, two neighbours want a key of theirs, and some take `shared` by a swap. */
async function race(
  drivers: readonly [AtomicDriver, AtomicDriver],
  round: number,
  start: string | null,
  racers: number,
): Promise<void> {
  const shared = `race-${round}`;
  const ownOf = (number: number): string => `${shared}-${number >> 1}`;
  if (start !== null) check(await drivers[0].swap(shared, null, start), "could not prepare a race");
  const calls = Array.from({ length: racers }, async (_, number) => {
    const driver = drivers[number % 2] as AtomicDriver;
    const next = `by ${number}`;
    if (number % 5 === 4) return driver.swap(shared, start, next, number);
    const swaps: JointSwap[] = [
      { key: shared, expected: start, next, due: number },
      { key: ownOf(number), expected: null, next },
    ];
    // in either order of the keys
    return driver.swapAll?.(number % 3 === 0 ? swaps.reverse() : swaps) ?? false;
  });
  const winners = (await Promise.all(calls)).flatMap((won, number) => (won ? [number] : []));
  same(winners.length, 1, `winners of ${racers} calls for one key that expect ${start}`);
  const winner = winners[0] as number;
  for (const driver of drivers) same(await driver.read(shared), `by ${winner}`, "the winner's value");
  for (let number = 0; number < racers; number += 2) {
    const isWinners = ownOf(number) === ownOf(winner) && winner % 5 !== 4;
    same(await drivers[0].read(ownOf(number)), isWinners ? `by ${winner}` : null, "the other value of a call");
  }
  const entries = (await dueAt(drivers[0], FAR)).filter((entry) => entry.startsWith(`${shared} at `));
  same(entries, [`${shared} at ${winner}`], "the winner's place in the queue");
}
