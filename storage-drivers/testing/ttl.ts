/** Values that the storage forgets by itself. */
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import { attempt, check, same } from "./assert.ts";
import type { Check } from "./types.ts";

/** Long enough for the next swap to come before it is over, on a machine that has other things to do. */
const TTL = 2_000;
const LONG = 3_600_000;

/** What has a time to live is gone behind it; every write says anew whether it has one; the queue keeps its place. */
export const timeToLive: Check = async (driver) => {
  if (!driver.takesTtl) return;
  const kept = ["created", "renewed", "freed"];
  await Promise.all([
    driver.swap("goes", null, "1", 100, { ttl: TTL }),
    driver.swap("goes-unqueued", null, "1", null, { ttl: TTL }),
    driver.swap("shortened", null, "1", 100, { ttl: LONG }),
    driver.swap("created", null, "1", 100, { ttl: LONG }),
    driver.swap("renewed", null, "1", 100, { ttl: TTL }),
    driver.swap("freed", null, "1", 100, { ttl: TTL }),
  ]);
  const changed = await Promise.all([
    driver.swap("renewed", "1", "2", 100, { ttl: LONG }),
    driver.swap("freed", "1", "2", 100),
    driver.swap("shortened", "1", "2", 100, { ttl: TTL }),
    driver.swap("goes", "another", "2", 100, { ttl: LONG }),
  ]);
  same(changed, [true, true, true, false], "swaps of values with a time to live");
  for (const key of ["goes", "goes-unqueued", "shortened"]) await gone(driver, key);
  for (const key of kept) check((await driver.read(key)) !== null, `"${key}" was forgotten before its time`);
  same(await driver.swap("goes", "1", "3", 100), false, "a swap against a value that was forgotten");
  const due = (await driver.due(100, { limit: 10 })).entries.map(({ key }) => key);
  same(due, ["created", "freed", "goes", "renewed", "shortened"], "the queue when some values were forgotten");
  same(await driver.swap("goes", null, null), true, "removing the entry of a value that was forgotten");
  same(await driver.swap("shortened", null, "3", 200), true, "creating anew what was forgotten");
  const left = (await driver.due(100, { limit: 10 })).entries.map(({ key }) => key);
  same(left, kept.slice().sort(), "the queue behind that");
};

/** Times that would delete what is written, or that come with nothing to write. */
export const badTimesToLive: Check = async (driver) => {
  if (!driver.takesTtl) return;
  for (const ttl of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    await refused(() => driver.swap("k", null, "1", null, { ttl }), `a ttl of ${ttl}`);
  }
  await refused(() => driver.swap("k", null, null, null, { ttl: LONG }), "a ttl without a value");
  same(await driver.read("k"), null, "what was written with a time that is refused");
};

async function refused(call: () => Promise<unknown>, what: string): Promise<void> {
  check((await attempt(call, what)) === null, `${what} is not refused`);
}

async function gone(driver: AtomicDriver, key: string): Promise<void> {
  // the clock of the storage need not be this one's
  for (const end = Date.now() + 5 * TTL; Date.now() < end; ) {
    if ((await driver.read(key)) === null) return;
    await new Promise((resume) => setTimeout(resume, 20));
  }
  check(false, `"${key}" is there long after its time`);
}
