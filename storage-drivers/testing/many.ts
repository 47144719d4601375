/** Many keys together: where a driver offers that, the results are those of one by one. */
import type { AtomicDriver, DueDeleted, DueDeletion } from "../../sdk/storage/port.ts";
import { ConformanceError, check, each, same } from "./assert.ts";
import { dueAt } from "./listed.ts";
import type { Cases } from "./types.ts";

// more than fit in one batch of any driver
const COUNT = 600;

const keyOf = (index: number): string => `acc:users:many-${index}`;

export const cases: Cases = {
  async "many reads answer as single ones do"(driver) {
    if (!driver.readMany) return;
    same(await driver.readMany([]), [], "readMany of no keys");
    await each(COUNT, (index) => driver.swap(keyOf(index), null, index === 7 ? "" : `value ${index}`, index));
    const keys = Array.from({ length: COUNT }, (_, index) => keyOf(index));
    const asked = [...keys, "acc:users:absent", keyOf(3)];
    const expected = await Promise.all(asked.map((key) => driver.read(key)));
    same(await driver.readMany(asked), expected, "readMany, with an absent key and one asked for twice");
  },

  async "entries have the value and the due time of one moment"(driver) {
    if (!driver.readEntries) return;
    same(await driver.readEntries([]), [], "readEntries of no keys");
    const dueOf = (index: number): number | null => (index % 3 === 0 ? null : index - 5);
    await each(COUNT, (index) => driver.swap(keyOf(index), null, index === 7 ? "" : `value ${index}`, dueOf(index)));
    const expected = Array.from({ length: COUNT }, (_, index) => ({
      value: index === 7 ? "" : `value ${index}`,
      due: dueOf(index),
    }));
    const keys = expected.map((_, index) => keyOf(index));
    const read = await driver.readEntries([...keys, "acc:users:absent", keyOf(3)]);
    same(read, [...expected, null, expected[3]], "readEntries, with an absent key and one asked for twice");
    // the due time is in the value, too
    const moving = "acc:users:moving";
    await driver.swap(moving, null, "0", 0);
    for (let due = 1; due <= COUNT / 4; due++) {
      const writing = driver.swap(moving, String(due - 1), String(due), due);
      const [entry] = await driver.readEntries([moving]);
      same(String(entry?.due), entry?.value, "the due time beside a value that is changed meanwhile");
      await writing;
    }
    await driver.swap(moving, String(COUNT / 4), null);
    same(await driver.readEntries([moving]), [null], "readEntries of a deleted key");
  },

  async "deleteDue deletes what is due and as described, and nothing else"(driver) {
    if (!driver.deleteDue) return;
    same(await driver.deleteDue(...due(COUNT)), { deleted: 0, cursor: null }, "deleteDue of an empty queue");
    await each(COUNT, (index) => driver.swap(keyOf(index), null, `guest ${index}`, index));
    // what stays: due later, with another beginning of the value, a shorter value, another key, not due at all
    const kept: [key: string, value: string, due: number | null][] = [
      ["acc:users:member", "member 1", 1],
      ["acc:users:short", "gue", 2],
      ["acc:other:guest", "guest 1", 3],
      ["acc:user:guest", "guest 1", 4],
      ["acc:users:later", "guest", COUNT + 1],
      ["acc:users:undue", "guest 1", null],
    ];
    await Promise.all(kept.map(([key, value, due]) => driver.swap(key, null, value, due)));
    await driver.swap("acc:shops:one", null, "guest 1", 5);
    same(await drain(driver, COUNT), COUNT + 1, "how many deleteDue deleted");
    const queued = kept.flatMap(([key, , due]) => (due === null ? [] : [`${key} at ${due}`]));
    same(await dueAt(driver, COUNT + 1), queued, "the queue after deleteDue");
    for (const [key, value] of kept) same(await driver.read(key), value, `what deleteDue left of ${key}`);
    same(await driver.read(keyOf(0)), null, "a value after deleteDue");
    same(await driver.read("acc:shops:one"), null, "a value of the other beginning after deleteDue");
    same(await drain(driver, COUNT), 0, "deleteDue once more");
  },

  async "deleteDue begins with the oldest and keeps to its limit"(driver) {
    if (!driver.deleteDue) return;
    // many of one time, and a limit that is no divisor of anything
    await each(COUNT, (index) => driver.swap(keyOf(index), null, "guest 1", index >> 4));
    let cursor: string | null = null;
    for (let step = 0; step < 100; step++) {
      const limit = step % 2 === 0 ? 150 : 70;
      const done: DueDeleted = await driver.deleteDue(...due(COUNT, { limit, cursor }));
      check(done.deleted <= limit, `deleteDue deleted ${done.deleted}, which is more than ${limit}`);
      const { entries } = await driver.due(COUNT, { limit: COUNT });
      const oldest = entries[0]?.due ?? COUNT;
      const gone = await Promise.all(Array.from({ length: COUNT }, (_, index) => driver.read(keyOf(index))));
      const youngest = gone.lastIndexOf(null);
      check(youngest < 0 || youngest >> 4 <= oldest, "deleteDue deleted a value and left an older one");
      cursor = done.cursor;
      if (cursor === null) break;
    }
    same(await dueAt(driver, COUNT), [], "the queue after deleteDue with changing limits");
  },

  async "deleteDue and swaps of the same keys never both win"(driver) {
    if (!driver.deleteDue) return;
    await each(COUNT, (index) => driver.swap(keyOf(index), null, "guest 1", index));
    const revive = async (index: number) =>
      index % 2 === 0
        ? driver.swap(keyOf(index), "guest 1", "guest 2", COUNT * 2)
        : driver.swap(keyOf(index), "guest 1", "member 1");
    const [deleted, ...revived] = await Promise.all([
      drain(driver, COUNT),
      ...Array.from({ length: COUNT }, (_, index) => revive(index)),
    ]);
    same(deleted + revived.filter(Boolean).length, COUNT, "how many were either deleted or changed");
    const left = await Promise.all(revived.map((_, index) => driver.read(keyOf(index))));
    const expected = revived.map((done, index) => (done ? (index % 2 === 0 ? "guest 2" : "member 1") : null));
    same(left, expected, "what was changed while deleteDue was at work");
  },
};

const due = (before: number, more: Partial<DueDeletion> = {}): [number, DueDeletion] => [
  before,
  { limit: 200, keys: ["acc:users:", "acc:shops:"], beginning: "guest ", ...more },
];

/** Until there is nothing more for it to do; as many steps as it takes, but not without end. */
async function drain(driver: AtomicDriver, before: number): Promise<number> {
  let deleted = 0;
  let cursor: string | null = null;
  for (let step = 0; step < 100; step++) {
    const done: DueDeleted | undefined = await driver.deleteDue?.(...due(before, { cursor }));
    deleted += done?.deleted ?? 0;
    cursor = done?.cursor ?? null;
    if (cursor === null) return deleted;
  }
  throw new ConformanceError("deleteDue goes on without end");
}
