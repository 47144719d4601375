/** `gc` of a tenth of the accounts on Redis against a bare range of a sorted set and UNLINK. */
import type { Redis } from "ioredis";
import { runGc, sampleOf, seed } from "../accounts.ts";
import { against, type Bench, interleave, type Measured, type Row } from "../measure.ts";
import { bareClient, DATABASE, driverOf } from "../redis.ts";

const BATCH = 1_000;
const QUEUE = "bare:due";

/** Keeps the accounts that were not due, for later rows that need as many. */
export async function gcRedis(bench: Bench): Promise<Row[]> {
  const due = bench.accounts(100_000);
  const all = bench.accounts(1_000_000);
  const storage = driverOf(bench.redisUrl, DATABASE.many);
  const client = bareClient(bench.redisUrl, DATABASE.many, false);
  try {
    await client.flushdb();
    const { text } = await sampleOf(storage);
    await seed(storage, all - due - 1);
    const prepare = () => seedBare(client, due, text);
    const measured = await interleave(
      [
        { name: "gc", prepare: () => seed(storage, due, 30), run: () => runGc(storage, due) },
        { name: "ZRANGE, UNLINK", prepare, run: () => sweep(client, false) },
        { name: "ZRANGE, UNLINK, ZREM", prepare, run: () => sweep(client, true) },
      ],
      bench.rounds(5),
      1,
    );
    const [ours, bare, complete] = measured as [Measured, Measured, Measured];
    return [
      { name: "gc of 100,000 of 1,000,000, redis", better: "higher", floor: 0.3, goal: 0.5, ...against([ours, bare]) },
      {
        name: "gc of 100,000 of 1,000,000, redis, against a sweep that empties its queue too",
        better: "higher",
        floor: null,
        goal: null,
        ...against([ours, complete]),
      },
    ];
  } finally {
    await storage.dispose();
    client.disconnect();
  }
}

async function seedBare(client: Redis, count: number, text: string): Promise<void> {
  await client.unlink(QUEUE);
  for (let start = 0; start < count; start += BATCH) {
    const names = Array.from({ length: Math.min(BATCH, count - start) }, (_, i) => nameOf(start + i));
    await client.mset(names.flatMap((name) => [name, text]));
    await client.zadd(QUEUE, ...names.flatMap((name, i) => [start + i, name]));
  }
}

function nameOf(index: number): string {
  return `anon:{xx}:acc:users:${index.toString(36).padStart(15, "0")}`;
}

/** The minimal work of a gc. Without ZREM the queue stays, and the range moves on instead. */
async function sweep(client: Redis, removes: boolean): Promise<number> {
  let swept = 0;
  for (;;) {
    const from = removes ? 0 : swept;
    const names = await client.zrange(QUEUE, from, from + BATCH - 1);
    if (names.length === 0) return swept;
    const pipeline = client.pipeline().unlink(...names);
    if (removes) pipeline.zrem(QUEUE, ...names);
    await pipeline.exec();
    swept += names.length;
  }
}
