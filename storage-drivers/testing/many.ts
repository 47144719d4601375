/** Many keys together: where a driver offers that, it answers as one by one would. */
import { attempt, check, each, same } from "./assert.ts";
import type { Check } from "./types.ts";

// more than fit in one batch of any driver
const COUNT = 600;

const keyOf = (index: number): string => `acc:users:many-${index}`;

export const readMany: Check = async (driver) => {
  if (!driver.readMany) return;
  same(await driver.readMany([]), [], "readMany of no keys");
  await each(COUNT, (index) => driver.swap(keyOf(index), null, index === 7 ? "" : `value ${index}`, index));
  const keys = Array.from({ length: COUNT }, (_, index) => keyOf(index));
  const asked = [...keys, "acc:users:absent", keyOf(3)];
  const expected = await Promise.all(asked.map((key) => driver.read(key)));
  same(await driver.readMany(asked), expected, "readMany, with an absent key and one asked for twice");
};

export const deleteMany: Check = async (driver) => {
  if (!driver.deleteMany) return;
  same(await driver.deleteMany([]), [], "deleteMany of no pairs");
  await each(COUNT, (index) => driver.swap(keyOf(index), null, `value ${index}`, index));
  const pairs = Array.from({ length: COUNT }, (_, index) => ({
    key: keyOf(index),
    expected: index % 100 === 0 ? "another value" : `value ${index}`,
  }));
  const answers = await driver.deleteMany([...pairs, { key: "acc:users:absent", expected: "value" }]);
  same(answers, [...pairs.map((_, index) => index % 100 !== 0), false], "deleteMany where some were changed");
  const left = Array.from({ length: COUNT / 100 }, (_, index) => keyOf(index * 100));
  const queue = await driver.due(COUNT, { limit: COUNT });
  same(queue.entries.map(({ key }) => key).sort(), left.sort(), "the queue after deleteMany");
  for (const key of left)
    check((await driver.read(key)) !== null, `deleteMany deleted ${key}, which had another value`);
};

export const manyAfterDispose: Check = async (driver) => {
  const { readMany: read, deleteMany: remove } = driver;
  await driver.dispose();
  const reads = read && (await attempt(() => read.call(driver, ["a"]), "readMany after dispose"));
  const removals =
    remove && (await attempt(() => remove.call(driver, [{ key: "a", expected: "b" }]), "deleteMany after dispose"));
  check(!reads && !removals, "readMany or deleteMany answered after dispose");
};
