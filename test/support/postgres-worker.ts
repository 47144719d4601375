/** One of several processes on one PostgreSQL; prints what it did once its standard input says so. */
import process from "node:process";
import { createInterface } from "node:readline";
import sql from "../../storage-drivers/sql/index.ts";

interface Input {
  url: string;
  table: string;
  /** Creates keys and increments counters, deletes what is due, or makes the tables. */
  work: "swap" | "delete" | "first use";
  steps: number;
}

const { url, table, work, steps } = JSON.parse(process.argv.at(-1)!) as Input;
const driver = sql({ url, table, timeout: 60_000 });
console.log(JSON.stringify("ready"));
for await (const _line of createInterface({ input: process.stdin })) break;
let done = 0;
if (work === "first use") done = Number(await driver.swap(`key:${process.pid}`, null, "1"));
if (work === "delete") {
  let cursor: string | null = null;
  do {
    const page = await driver.deleteDue!(1, { keys: ["acc:"], beginning: "x", limit: 50, cursor });
    done += page.deleted;
    ({ cursor } = page);
  } while (cursor !== null);
}
if (work === "swap") {
  const increment = async (key: string): Promise<void> => {
    for (;;) {
      const now = await driver.read(key);
      if (await driver.swap(key, now, String(Number(now ?? 0) + 1), 5)) return;
    }
  };
  for (let i = 0; i < steps; i++) {
    const created = Array.from({ length: 8 }, (_, n) => driver.swap(`race:${i}:${n}`, null, String(process.pid)));
    done += (await Promise.all(created)).filter(Boolean).length;
    await Promise.all(["a", "b", "c", "d"].map((name) => increment(`counter:${name}`)));
  }
}
await driver.dispose();
console.log(JSON.stringify(done));
process.exit();
