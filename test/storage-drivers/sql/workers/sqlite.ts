/** A process that uses a file of SQLite, beside the test and others. */
import process from "node:process";
import sql from "../../../../storage-drivers/sql/index.ts";
import { connect } from "../../../support/sqlite.ts";
import { input, receive, send } from "../../../support/workers/line.ts";

interface Input {
  role: keyof typeof ROLES;
  path: string;
  count?: number;
  first?: number;
}

const { role, path, count = 0, first = 0 } = input<Input>();
const driver = sql({ url: `sqlite:${path}`, timeout: 60_000 });

const ROLES = {
  /** Reads the first key, writes another one, and sends what came of it. */
  async attempt() {
    const codeOf = ({ code }: { code: string }): string => code;
    await send({
      read: await driver.read("key:0").then((value) => (value === null ? "missing" : "found"), codeOf),
      write: await driver.swap("new", null, "a").then(() => "done", codeOf),
    });
  },

  /** Keeps a write transaction open until a line comes. */
  async hold() {
    const { exec } = await connect(path);
    exec("BEGIN IMMEDIATE");
    await send("holding");
    await receive();
    exec("COMMIT");
    await send("done");
  },

  /** Increments each of eight counters `count` times, together with other processes, and sends how often a swap failed. */
  async count() {
    await send("ready");
    await receive();
    let lost = 0;
    async function increment(key: string): Promise<void> {
      for (let done = 0; done < count; ) {
        const value = await driver.read(key);
        if (await driver.swap(key, value, `${Number(value ?? 0) + 1}`, Date.now())) done++;
        else lost++;
      }
    }
    await Promise.all(Array.from({ length: 8 }, (_, i) => increment(`counter:${i}`)));
    await send(lost);
  },

  /** Creates keys that other processes create too, and sends those that it created itself. */
  async create() {
    await send("ready");
    await receive();
    const won = await Promise.all(
      Array.from({ length: count }, (_, i) => driver.swap(`key:${i}`, null, `${process.pid}`)),
    );
    await send(won.flatMap((did, i) => (did ? [i] : [])));
  },

  /** Creates keys, from the number `first` on, until it is killed. Sends the number of keys that are acknowledged. */
  async write() {
    for (let next = first; ; next += 8) {
      const swaps = Array.from({ length: 8 }, (_, i) =>
        driver.swap(`key:${next + i}`, null, "x".repeat(1_000), next + i),
      );
      await Promise.all(swaps);
      await send(next + 8);
    }
  },
};

await ROLES[role]();
await driver.dispose();
process.exit(0);
