/** `signInAnonymously` on PostgreSQL against a bare prepared INSERT of the same rows. */
import { anonOver } from "../accounts.ts";
import { against, type Bench, concurrently, interleave, type Row } from "../measure.ts";
import { adminOf, BARE, bareClients, driverOf, empty, makeTables } from "../postgres.ts";
import { keySequence, storedAccount } from "../stored.ts";

const WIDTH = 64;
const INSERT = `INSERT INTO ${BARE} (key, value, due) VALUES ($1, $2, $3)`;

export async function signInPostgres(bench: Bench): Promise<Row[]> {
  const count = bench.accounts(5_000);
  const storage = driverOf(bench.postgresUrl);
  const anon = anonOver(storage);
  const bare = bareClients(bench.postgresUrl);
  const admin = await adminOf(bench.postgresUrl);
  try {
    await makeTables(admin);
    const { value, due } = await storedAccount(storage);
    const nextKey = keySequence();
    let written = 0;
    const prepare = () => empty(admin);
    const measured = await interleave(
      [
        { name: "signInAnonymously", prepare, run: () => concurrently(count, WIDTH, () => anon.signInAnonymously()) },
        ...bare.map(({ name, execute }) => ({
          name: `INSERT, ${name}`,
          prepare,
          run: () =>
            concurrently(count, WIDTH, () =>
              execute("insert", INSERT, [nextKey(), value, String(due + Math.floor(written++ / WIDTH))]),
            ),
        })),
      ],
      bench.rounds(5),
    );
    return [{ name: "sign-in, postgres, 64 concurrent", better: "higher", floor: 0.8, goal: 2, ...against(measured) }];
  } finally {
    await empty(admin);
    await storage.dispose();
    await Promise.all([admin.end(), ...bare.map((client) => client.close())]);
  }
}
