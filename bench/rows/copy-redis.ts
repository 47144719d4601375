/** `copy` from one database of Redis to another against bare commands that move the same keys. */
import type { Redis } from "ioredis";
import { copy } from "../../sdk/transfer/copy.ts";
import { seed } from "../accounts.ts";
import { against, type Bench, interleave, type Row } from "../measure.ts";
import { bareClient, DATABASE, driverOf } from "../redis.ts";

const BATCH = 1_000;

export async function copyRedis(bench: Bench): Promise<Row[]> {
  const count = bench.accounts(100_000);
  const source = driverOf(bench.redisUrl, DATABASE.speed);
  const target = driverOf(bench.redisUrl, DATABASE.secondary);
  const from = bareClient(bench.redisUrl, DATABASE.speed, false);
  const to = bareClient(bench.redisUrl, DATABASE.secondary, false);
  try {
    await from.flushall();
    await seed(source, count);
    const prepare = () => to.flushdb();
    const measured = await interleave(
      [
        { name: "copy", prepare, run: () => copyAll() },
        { name: "DUMP, RESTORE", prepare, run: () => moveBare(from, to, dumpAndRestore) },
        { name: "GET, SET", prepare, run: () => moveBare(from, to, getAndSet) },
      ],
      bench.rounds(5),
      1,
    );
    return [{ name: "copy of 100,000, redis to redis", better: "higher", floor: 0.3, goal: 0.6, ...against(measured) }];
  } finally {
    await from.flushall();
    await Promise.all([source.dispose(), target.dispose()]);
    from.disconnect();
    to.disconnect();
  }

  async function copyAll(): Promise<number> {
    const { copied, sample } = await copy(source, target);
    if (copied !== count || sample.wrong > 0) throw new Error(`copied ${copied} of ${count} accounts`);
    return copied;
  }
}

type Move = (from: Redis, to: Redis, names: string[]) => Promise<void>;

/** Moves every key of a database, the due queues too, in pipelines. Returns the number of accounts. */
async function moveBare(from: Redis, to: Redis, move: Move): Promise<number> {
  let accounts = 0;
  let cursor = "0";
  do {
    const [next, names] = await from.scan(cursor, "COUNT", BATCH);
    cursor = next;
    const queues = names.filter((name) => name.endsWith("}due"));
    if (queues.length > 0) await dumpAndRestore(from, to, queues);
    const values = names.filter((name) => !name.endsWith("}due"));
    await move(from, to, values);
    accounts += values.length;
  } while (cursor !== "0");
  return accounts;
}

async function dumpAndRestore(from: Redis, to: Redis, names: string[]): Promise<void> {
  const reading = from.pipeline();
  for (const name of names) reading.dumpBuffer(name);
  const dumps = (await reading.exec()) ?? [];
  const writing = to.pipeline();
  for (const [at, name] of names.entries()) writing.restore(name, 0, dumps[at]?.[1] as Buffer, "REPLACE");
  await writing.exec();
}

async function getAndSet(from: Redis, to: Redis, names: string[]): Promise<void> {
  const reading = from.pipeline();
  for (const name of names) reading.get(name);
  const values = (await reading.exec()) ?? [];
  const writing = to.pipeline();
  for (const [at, name] of names.entries()) writing.set(name, values[at]?.[1] as string);
  await writing.exec();
}
