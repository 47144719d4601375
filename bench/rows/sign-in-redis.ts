/** `signInAnonymously` on Redis against a bare SET of the same bytes. */
import { anonOver, sampleOf } from "../accounts.ts";
import { against, type Bench, type Contender, concurrently, interleave, type Row } from "../measure.ts";
import { bareClient, bareClients, DATABASE, driverOf } from "../redis.ts";

const GOALS = [
  { width: 64, count: 100_000, floor: 0.6, goal: 0.8 },
  { width: 1, count: 20_000, floor: 0.7, goal: 0.85 },
];

export async function signInRedis(bench: Bench): Promise<Row[]> {
  const storage = driverOf(bench.redisUrl, DATABASE.speed);
  const anon = anonOver(storage);
  const bare = bareClients(bench.redisUrl, DATABASE.speed);
  const admin = bareClient(bench.redisUrl, DATABASE.speed, false);
  const sample = await sampleOf(storage);
  // as long as the driver's keys: `anon:{xx}:` and the SDK's key, with a unique ending
  const stem = `anon:{xx}:${sample.key}`.slice(0, -9);
  let unique = 0;
  const rows: Row[] = [];
  try {
    for (const { width, count, floor, goal } of GOALS) {
      const total = bench.accounts(count);
      const prepare = () => admin.flushdb();
      const contenders: Contender[] = [
        {
          name: "signInAnonymously",
          prepare,
          run: () => concurrently(total, width, () => anon.signInAnonymously()),
        },
        ...bare.map(({ name, client }) => ({
          name: `SET ${name}`,
          prepare,
          run: () =>
            concurrently(total, width, () => client.set(stem + (unique++).toString(36).padStart(9, "0"), sample.text)),
        })),
      ];
      const measured = await interleave(contenders, bench.rounds(9), 2);
      rows.push({
        name: `sign-in, redis, ${width === 1 ? "1 at a time" : `${width} concurrent`}`,
        better: "higher",
        floor,
        goal,
        ...against(measured),
      });
    }
  } finally {
    await admin.flushdb();
    await storage.dispose();
    for (const client of [admin, ...bare.map((one) => one.client)]) client.disconnect();
  }
  return rows;
}
