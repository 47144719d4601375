/** `gc` of a tenth of the accounts on SQLite against one DELETE over the index. */
import { runGc } from "../accounts.ts";
import { against, type Bench, interleave, type Row } from "../measure.ts";
import { bareHandle, driverOf, fill, inScratch, TABLE } from "../sqlite.ts";
import { earlier, storedAccount } from "../stored.ts";

export async function gcSqlite(bench: Bench): Promise<Row[]> {
  const due = bench.accounts(100_000);
  const all = bench.accounts(1_000_000);
  return inScratch(async (fileOf) => {
    const storage = driverOf(fileOf("sdk"));
    const account = await storedAccount(storage);
    const inactive = earlier(account, 30);
    const beside = bareHandle(fileOf("sdk"), false);
    const bare = bareHandle(fileOf("bare"), true);
    fill(beside, all - due - 1, account);
    fill(bare, all - due, account);
    const remove = bare.query(`DELETE FROM ${TABLE} WHERE due <= ?`);
    const measured = await interleave(
      [
        { name: "gc", prepare: () => fill(beside, due, inactive), run: () => runGc(storage, due) },
        {
          name: "DELETE",
          prepare: () => fill(bare, due, inactive),
          run: () => deleted(remove.run(inactive.due + due).changes, due),
        },
      ],
      bench.rounds(5),
    );
    beside.close();
    bare.close();
    await storage.dispose();
    return [
      { name: "gc of 100,000 of 1,000,000, sqlite", better: "higher", floor: 0.4, goal: 0.7, ...against(measured) },
    ];
  });
}

function deleted(changes: number, due: number): number {
  if (changes !== due) throw new Error(`DELETE deleted ${changes} of ${due} accounts`);
  return changes;
}
