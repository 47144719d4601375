/** `authenticate` on SQLite against a bare prepared SELECT of the same keys. */
import { anonOver, COLLECTION } from "../accounts.ts";
import { against, type Bench, concurrently, interleave, type Row } from "../measure.ts";
import { bareHandle, driverOf, inScratch, TABLE } from "../sqlite.ts";

export async function authenticateSqlite(bench: Bench): Promise<Row[]> {
  const visitors = bench.accounts(20_000);
  const count = bench.accounts(100_000);
  return inScratch(async (fileOf) => {
    const storage = driverOf(fileOf("accounts"));
    const anon = anonOver(storage);
    const tokens: string[] = [];
    const keys: string[] = [];
    await concurrently(visitors, 64, async () => {
      const { token, record } = await anon.signInAnonymously();
      tokens.push(token);
      keys.push(`acc:${COLLECTION}:${record.id}`);
    });
    const bare = bareHandle(fileOf("accounts"), false);
    const select = bare.query(`SELECT value FROM ${TABLE} WHERE key = ?`);
    const measured = await interleave(
      [
        {
          name: "authenticate",
          async run() {
            for (let i = 0; i < count; i++) {
              if (!(await anon.authenticate(tokens[i % visitors]!))) throw new Error("A token was not accepted");
            }
            return count;
          },
        },
        {
          name: "SELECT",
          run() {
            for (let i = 0; i < count; i++) {
              if (select.get(keys[i % visitors]!) === null) throw new Error("An account is missing");
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
    return [{ name: "authenticate, sqlite", better: "higher", floor: 0.4, goal: 0.5, ...against(measured) }];
  });
}
