/** `gc` of a tenth of the accounts on PostgreSQL against one DELETE over the index, each with the VACUUM it leaves to do. */
import { runGc } from "../accounts.ts";
import { against, type Bench, interleave, type Measured, type Row } from "../measure.ts";
import { adminOf, BARE, driverOf, empty, fill, makeTables, TABLE } from "../postgres.ts";
import { earlier, storedAccount } from "../stored.ts";

export async function gcPostgres(bench: Bench): Promise<Row[]> {
  const due = bench.accounts(100_000);
  const all = bench.accounts(1_000_000);
  const storage = driverOf(bench.postgresUrl);
  const admin = await adminOf(bench.postgresUrl);
  try {
    await makeTables(admin);
    const account = await storedAccount(storage);
    const inactive = earlier(account, 30);
    await fill(admin, TABLE, all - due - 1, account);
    await fill(admin, BARE, all - due, account);
    const remove = async () => {
      const { rowCount } = await admin.query(`DELETE FROM ${BARE} WHERE due <= $1`, [inactive.due + due]);
      if (rowCount !== due) throw new Error(`DELETE deleted ${rowCount} of ${due} accounts`);
      return due;
    };
    const vacuumed = async (table: string, run: () => Promise<number>) => {
      const removed = await run();
      await admin.query(`VACUUM ${table}`);
      return removed;
    };
    const ours = () => fill(admin, TABLE, due, inactive);
    const theirs = () => fill(admin, BARE, due, inactive);
    const gc = () => runGc(storage, due);
    const measured = await interleave(
      [
        { name: "gc", prepare: ours, run: gc },
        { name: "DELETE", prepare: theirs, run: remove },
        { name: "gc, VACUUM", prepare: ours, run: () => vacuumed(TABLE, gc) },
        { name: "DELETE, VACUUM", prepare: theirs, run: () => vacuumed(BARE, remove) },
      ],
      bench.rounds(5),
    );
    const [alone, bare, whole, bareWhole] = measured as [Measured, Measured, Measured, Measured];
    return [
      {
        name: "gc of 100,000 of 1,000,000, postgres",
        better: "higher",
        floor: 0.4,
        goal: 0.7,
        ...against([whole, bareWhole]),
      },
      {
        name: "gc of 100,000 of 1,000,000, postgres, without the VACUUM",
        better: "higher",
        floor: null,
        goal: null,
        ...against([alone, bare]),
      },
    ];
  } finally {
    await empty(admin);
    await storage.dispose();
    await admin.end();
  }
}
