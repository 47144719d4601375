/** `authenticate` on PostgreSQL against a bare prepared SELECT of the same keys. */
import { anonOver, COLLECTION } from "../accounts.ts";
import { against, type Bench, concurrently, interleave, type Row } from "../measure.ts";
import { adminOf, bareClients, driverOf, makeTables, TABLE } from "../postgres.ts";

const WIDTH = 64;
const SELECT = `SELECT value FROM ${TABLE} WHERE key = $1`;

export async function authenticatePostgres(bench: Bench): Promise<Row[]> {
  const visitors = bench.accounts(20_000);
  const count = bench.accounts(20_000);
  const storage = driverOf(bench.postgresUrl);
  const anon = anonOver(storage);
  const bare = bareClients(bench.postgresUrl);
  const admin = await adminOf(bench.postgresUrl);
  try {
    await makeTables(admin);
    const tokens: string[] = [];
    const keys: string[] = [];
    await concurrently(visitors, WIDTH, async () => {
      const { token, record } = await anon.signInAnonymously();
      tokens.push(token);
      keys.push(`acc:${COLLECTION}:${record.id}`);
    });
    await admin.query(`VACUUM (ANALYZE) ${TABLE}`);
    const authenticate = async (index: number) => {
      if (!(await anon.authenticate(tokens[index % visitors]!))) throw new Error("A token was not accepted");
    };
    const measured = await interleave(
      [
        { name: "authenticate", run: () => concurrently(count, WIDTH, authenticate) },
        ...bare.map(({ name, execute }) => ({
          name: `SELECT, ${name}`,
          run: () => concurrently(count, WIDTH, (index) => execute("select", SELECT, [keys[index % visitors]!])),
        })),
      ],
      bench.rounds(5),
    );
    return [
      { name: "authenticate, postgres, 64 concurrent", better: "higher", floor: 0.8, goal: 1.5, ...against(measured) },
    ];
  } finally {
    await admin.query(`TRUNCATE ${TABLE}`);
    await storage.dispose();
    await Promise.all([admin.end(), ...bare.map((client) => client.close())]);
  }
}
