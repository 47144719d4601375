/** `gc` of a tenth of the accounts on PostgreSQL against one DELETE over the index, each with the VACUUM it leaves to do. */
import { runGc } from "../accounts.ts";
import { against, type Bench, interleave, type Row } from "../measure.ts";
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
    const measured = await interleave(
      [
        {
          name: "gc",
          prepare: () => fill(admin, TABLE, due, inactive),
          run: () => vacuumed(TABLE, () => runGc(storage, due)),
        },
        {
          name: "DELETE, VACUUM",
          prepare: () => fill(admin, BARE, due, inactive),
          run: () => vacuumed(BARE, remove),
        },
      ],
      bench.rounds(5),
    );
    return [
      { name: "gc of 100,000 of 1,000,000, postgres", better: "higher", floor: 0.4, goal: 0.7, ...against(measured) },
    ];
  } finally {
    await empty(admin);
    await storage.dispose();
    await admin.end();
  }
}
