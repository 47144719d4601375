/** `signInAnonymously` on SQLite against the same rows by the bare handle, 64 in a transaction. */
import { anonOver } from "../accounts.ts";
import { against, type Bench, concurrently, interleave, type Row } from "../measure.ts";
import { bareHandle, driverOf, inScratch, TABLE } from "../sqlite.ts";
import { keySequence, storedAccount } from "../stored.ts";

const WIDTH = 64;

export async function signInSqlite(bench: Bench): Promise<Row[]> {
  const count = bench.accounts(20_000);
  return inScratch(async (fileOf) => {
    const storage = driverOf(fileOf("sdk"));
    const anon = anonOver(storage);
    const { value, due } = await storedAccount(storage);
    const bare = bareHandle(fileOf("bare"), true);
    const insert = bare.query(`INSERT INTO ${TABLE} (key, value, due) VALUES (?, ?, ?)`);
    const nextKey = keySequence();
    let time = due;
    const measured = await interleave(
      [
        { name: "signInAnonymously", run: () => concurrently(count, WIDTH, () => anon.signInAnonymously()) },
        {
          name: `INSERT, ${WIDTH} in a transaction`,
          run() {
            for (let done = 0; done < count; done += WIDTH) {
              bare.run("BEGIN IMMEDIATE");
              time++;
              for (let i = done; i < Math.min(count, done + WIDTH); i++) insert.run(nextKey(), value, time);
              bare.run("COMMIT");
            }
            return count;
          },
        },
      ],
      bench.rounds(9),
      2,
    );
    bare.close();
    await storage.dispose();
    return [{ name: "sign-in, sqlite, 64 concurrent", better: "higher", floor: 0.4, goal: 0.6, ...against(measured) }];
  });
}
