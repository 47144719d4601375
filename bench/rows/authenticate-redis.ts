/** `authenticate` on Redis against a bare GET of the same keys. */
import { anonOver } from "../accounts.ts";
import { against, type Bench, concurrently, interleave, type Row } from "../measure.ts";
import { bareClient, bareClients, DATABASE, driverOf } from "../redis.ts";

const WIDTH = 64;

export async function authenticateRedis(bench: Bench): Promise<Row[]> {
  const visitors = bench.accounts(20_000);
  const count = bench.accounts(100_000);
  const storage = driverOf(bench.redisUrl, DATABASE.speed);
  const anon = anonOver(storage);
  const bare = bareClients(bench.redisUrl, DATABASE.speed);
  const admin = bareClient(bench.redisUrl, DATABASE.speed, false);
  try {
    await admin.flushdb();
    const tokens: string[] = [];
    await concurrently(visitors, WIDTH, async () => tokens.push((await anon.signInAnonymously()).token));
    // the keys that the driver reads
    const keys = await admin.keys("*:acc:*");
    const authenticate = async (index: number) => {
      if (!(await anon.authenticate(tokens[index % visitors]!))) throw new Error("A token was not accepted");
    };
    const measured = await interleave(
      [
        { name: "authenticate", run: () => concurrently(count, WIDTH, authenticate) },
        ...bare.map(({ name, client }) => ({
          name: `GET ${name}`,
          run: () => concurrently(count, WIDTH, (index) => client.get(keys[index % visitors]!)),
        })),
      ],
      bench.rounds(9),
      2,
    );
    return [
      { name: "authenticate, redis, 64 concurrent", better: "higher", floor: 0.7, goal: 0.8, ...against(measured) },
    ];
  } finally {
    await admin.flushdb();
    await storage.dispose();
    for (const client of [admin, ...bare.map((one) => one.client)]) client.disconnect();
  }
}
