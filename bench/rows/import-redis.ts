/** An import of registered accounts with hashes to Redis, from lines, against SET of the same values in batches. */
import type { Redis } from "ioredis";
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import { COLLECTION } from "../accounts.ts";
import { idOf, importLines } from "../import-lines.ts";
import { against, type Bench, interleave, type Measured, type Row } from "../measure.ts";
import { bareClient, DATABASE, driverOf } from "../redis.ts";

const BATCH = 1_000;

export async function importRedis(bench: Bench): Promise<Row[]> {
  const count = bench.accounts(100_000);
  const storage = driverOf(bench.redisUrl, DATABASE.many);
  const client = bareClient(bench.redisUrl, DATABASE.many, false);
  try {
    const texts = await textsOf(storage);
    const prepare = () => client.flushdb();
    const measured = await interleave(
      [
        { name: "import", prepare, run: () => importLines(storage, count) },
        { name: "SET in pipelines", prepare, run: () => setAll(client, count, texts) },
      ],
      bench.rounds(5),
      1,
    );
    const [ours, bare] = measured as [Measured, Measured];
    return [
      {
        name: "import of 100,000 accounts with emails and hashes, redis",
        better: "higher",
        floor: 0.3,
        goal: 0.5,
        ...against([ours, bare]),
      },
    ];
  } finally {
    await client.flushdb();
    await storage.dispose();
    client.disconnect();
  }
}

/** The texts of an account and of the lock of its email. */
async function textsOf(storage: AtomicDriver): Promise<string[]> {
  await importLines(storage, 1);
  const keys: string[] = [];
  for (const prefix of [`acc:${COLLECTION}:`, `clm:${COLLECTION}:`])
    for await (const key of storage.keys(prefix)) keys.push(key);
  return Promise.all(keys.map(async (key) => (await storage.read(key)) as string));
}

async function setAll(client: Redis, count: number, texts: readonly string[]): Promise<number> {
  for (let start = 0; start < count; start += BATCH) {
    const pipeline = client.pipeline();
    for (let index = start; index < Math.min(count, start + BATCH); index++) {
      for (const [part, text] of texts.entries()) pipeline.set(`anon:{xx}:${part}:${idOf(index)}`, text);
    }
    await pipeline.exec();
  }
  return count;
}
